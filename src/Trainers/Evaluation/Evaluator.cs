using System.Globalization;
using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Smml.MLNet.Html;

namespace Smml.MLNet.Evaluation;

/// <summary>Scores cases against their labels.</summary>
internal sealed class Evaluator(MLContext context, EvaluationOptions options)
{
    private static readonly ScoredRegion[] s_regions = Enum.GetValues<ScoredRegion>();

    private readonly List<SegmentationScore> _scores = [];
    private readonly List<SegmentationFailure> _failures = [];
    private readonly HashSet<(string CaseId, string Warning)> _told = [];
    private readonly List<CaseWarning> _warnings = [];

    /// <summary>Every case with every subset of its scans. A missing scan is an empty path, so nothing of it reaches the model.</summary>
    public SegmentationReport EvaluateSubsets(ITransformer model, IDataView cases)
    {
        BraTSCase[] rows = [.. context.Data.CreateEnumerable<BraTSCase>(cases, reuseRowObject: false, ignoreMissingColumns: true)];
        if (rows.Length == 0)
            throw new InvalidOperationException("There are no cases to evaluate: the data view has no row. Check the folder or the manifest that it was loaded from.");
        (BraTSCase Case, ModalitySet[] Subsets)[] work = [.. rows.Select(row => (row, options.Subsets.Where(subset => subset.IsSubsetOf(row.Modalities)).ToArray()))];
        SubsetSegmenter segmenter = new(context, model, options);
        PictureCollector pictures = new(options);
        int total = work.Sum(item => item.Subsets.Length), done = 0;
        foreach ((BraTSCase row, ModalitySet[] subsets) in work)
        {
            if (subsets.Length == 0)
                _failures.Add(new(row.CaseId, row.Modalities, $"{row.CaseId} has {row.Modalities}, none of the subsets asked for."));
            Volume? label = null;
            foreach (SubsetSegmenter.Result result in segmenter.Segment(row, subsets))
            {
                Attempt(row.CaseId, result.Subset, () =>
                {
                    if (result.Failure is { } failure)
                        ExceptionDispatchInfo.Throw(failure);
                    Score(row.CaseId, result.Subset, result.Segmentation!, label ??= ReadLabel(row.CaseId, row.LabelPath, row.LabelConvention));
                    pictures.Add(row, result.Subset, result.Segmentation!, label);
                });
                options.CancellationToken.ThrowIfCancellationRequested();
                options.Progress?.Report(new(++done, total, row.CaseId, result.Subset));
            }
        }

        return Report(segmenter.Model, options.Protocol, pictures.Choose(_scores));
    }

    /// <summary>Rows that a model has scored already.</summary>
    public SegmentationReport EvaluateScored(IDataView scored)
    {
        DataViewSchema.Column[] columns =
        [
            scored.Schema[nameof(BraTSCase.CaseId)], scored.Schema[nameof(BraTSCase.LabelPath)], scored.Schema[options.OutputColumnName],
            .. ModalitySet.All.Select(modality => scored.Schema.GetColumnOrNull(modality.ToString())).OfType<DataViewSchema.Column>().Where(column => column.Type is VolumeDataViewType),
        ];
        DataViewSchema.Column? named = scored.Schema.GetColumnOrNull(nameof(BraTSCase.LabelConvention)) is { Type: TextDataViewType } text ? text : null;
        using DataViewRowCursor cursor = scored.GetRowCursor(named is { } one ? [.. columns, one] : columns);
        ValueGetter<ReadOnlyMemory<char>> caseId = cursor.GetGetter<ReadOnlyMemory<char>>(columns[0]), labelPath = cursor.GetGetter<ReadOnlyMemory<char>>(columns[1]);
        ValueGetter<Volume> segmentation = cursor.GetGetter<Volume>(columns[2]);
        ValueGetter<ReadOnlyMemory<char>>? convention = named is { } column ? cursor.GetGetter<ReadOnlyMemory<char>>(column) : null;
        (Modality Modality, ValueGetter<Volume> Get)[] scans = [.. columns[3..].Select(column => (Enum.Parse<Modality>(column.Name), cursor.GetGetter<Volume>(column)))];
        while (cursor.MoveNext())
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            ReadOnlyMemory<char> name = default, path = default, labels = default;
            caseId(ref name);
            labelPath(ref path);
            convention?.Invoke(ref labels);
            Attempt(name.ToString(), ModalitySet.None, () =>
            {
                ModalitySet seen = ModalitySet.Of([.. scans.Where(scan => Value(scan.Get) is not null).Select(scan => scan.Modality)]);
                Volume volume = Value(segmentation)!;
                Score(name.ToString(), seen, volume, ReadLabel(name.ToString(), path.ToString(), convention is null ? volume.LabelConvention?.Name ?? "" : labels.ToString()));
            });
        }

        return Report(null, null, []);
    }

    /// <summary>Whether an exception is a reason to leave out a case.</summary>
    internal static bool ConcernsCase(Exception exception) =>
        CaseFault.Cause(exception) is InvalidDataException or FormatException or IOException or InvalidOperationException or UnauthorizedAccessException or ArgumentException;

    private SegmentationReport Report(SmmlModelInfo? model, EvaluationProtocol? protocol, IReadOnlyList<CasePicture> pictures) =>
        new(_scores, _failures, options.MinimumEnhancingVoxels) { Model = model, Protocol = protocol, EmptyRegion = options.EmptyRegion, Warnings = _warnings, EvaluatedAt = TimeProvider.System.GetUtcNow(), Pictures = pictures };

    private static Volume? Value(ValueGetter<Volume> getter)
    {
        Volume volume = null!;
        getter(ref volume);
        return volume;
    }

    private Volume ReadLabel(string caseId, string path, string convention)
    {
        if (string.IsNullOrEmpty(path))
            throw new InvalidDataException($"{caseId} has no label file, which an evaluation needs. Give LabelPath, or use SaveSegmentations to score without truth.");
        if (string.IsNullOrWhiteSpace(convention))
            throw new InvalidDataException($"{path}: it is not known what its label values mean. Name the convention in the column LabelConvention: {string.Join(", ", LabelConvention.Known)}.");
        Volume label = VolumeFile.Read(options.RootDirectory is null ? path : Path.Combine(options.RootDirectory, path));
        return label.WithConvention(LabelConvention.FromName(convention.Trim()));
    }

    private void Score(string caseId, ModalitySet subset, Volume segmentation, Volume label)
    {
        Tell(caseId, segmentation.Warnings);
        if (segmentation.Shape != label.Shape)
            throw new InvalidDataException($"{label.Source}: the label has the shape {label.Shape}, the scans {segmentation.Shape}. The label of a case must be on the grid of its scans.");
        double distance = label.Grid.Affine.CornerDistance(segmentation.Grid.Affine, label.Shape);
        if (!(distance <= VolumeChecks.CornerTolerance))
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{label.Source}: the label lies up to {distance:0.####} mm from the scans, expected at most {VolumeChecks.CornerTolerance} mm. The label of a case must be on the grid of its scans."));
        LabelConvention predictedBy = segmentation.LabelConvention ?? throw new InvalidDataException($"{caseId}: the segmentation does not say how it writes labels.");
        LabelConvention truthBy = label.LabelConvention!;
        if (!truthBy.HasSameClasses(predictedBy))
        {
            throw new InvalidDataException(
                $"{label.Source}: its labels follow {truthBy} ({string.Join(", ", truthBy.ClassNames)}), the model predicts {predictedBy} ({string.Join(", ", predictedBy.ClassNames)}). Evaluate on a data set with the model's classes.");
        }

        byte[] predicted = predictedBy.ToClasses(segmentation), truth = truthBy.ToClasses(label);
        foreach (ScoredRegion region in s_regions.Where(region => truthBy.Has(region.Classes)))
            _scores.AddRange(SegmentationMetrics.Compute(predicted, truth, truthBy, region, label.Grid, options).Select(one => new SegmentationScore(caseId, subset, region, one.Metric, one.Value)));
    }

    // Once a case, not once a subset.
    private void Tell(string caseId, IReadOnlyList<string> warnings)
    {
        string[] news = [.. warnings.Where(warning => _told.Add((caseId, warning)))];
        if (news.Length == 0)
            return;
        _warnings.AddRange(news.Select(warning => new CaseWarning(caseId, warning)));
        using IChannel channel = ((IHostEnvironment)context).Register(nameof(Evaluator)).Start("Evaluate");
        foreach (string warning in news)
            channel.Warning(MessageSensitivity.UserData, "{0}: {1}", caseId, warning);
    }

    // One bad case must not cost the others; what it was is part of the report.
    private void Attempt(string caseId, ModalitySet subset, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (ConcernsCase(exception))
        {
            _failures.Add(new(caseId, subset, CaseFault.Cause(exception).Message));
        }
    }
}
