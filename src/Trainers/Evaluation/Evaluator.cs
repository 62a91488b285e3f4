using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Smml.MLNet.Cases;
using Smml.MLNet.Html;
using Smml.MLNet.Inference;
using Smml.MLNet.Telemetry;

namespace Smml.MLNet.Evaluation;

/// <summary>Scores cases against their labels.</summary>
internal sealed class Evaluator(MLContext context, EvaluationOptions options)
{
    private readonly CaseMeasurement _measurement = new(context, options);

    /// <summary>Every case with every subset of its scans. A missing scan is an empty path, so nothing of it reaches the model. The next
    /// case is read while the current one is computed.</summary>
    public SegmentationReport EvaluateSubsets(ITransformer model, IDataView cases)
    {
        BraTSCase[] rows = CaseRows.Cases(cases, "Evaluate");
        if (rows.Length == 0)
            throw new InvalidOperationException(
                "There are no cases to evaluate: the data view has no row. Check the folder or the manifest that it was loaded from.");
        using Activity? activity = Instruments.Activity("smml.evaluate");
        SubsetSegmenter segmenter = new(context, model, options);
        IReadOnlyList<ModalitySet> asked = Asked(segmenter.Engine);
        ModalitySet[] SubsetsOf(BraTSCase row) => [.. asked.Where(subset => subset.IsSubsetOf(row.Modalities))];
        _measurement.OrientationSource = segmenter.OrientationSource;
        CaseRun<SubsetSegmenter.Prepared, CaseEvaluation> run = new()
        {
            Shard = options.Shard,
            Records = options.RecordFolder is { } folder ? new(folder, Settings(model, segmenter)) : null,
            Again = options.Again,
            NeedsFileNames = false,
            Files = row =>
                [.. ModalitySet.All.Select(modality => segmenter.Locate(row.PathOf(modality))), _measurement.Locate(row.LabelPath)],
            Prepare = row => segmenter.Prepare(row, SubsetsOf(row)),
            CancellationToken = options.CancellationToken,
        };
        List<CaseEvaluation> found = [];
        int total = rows.Where((_, position) => options.Shard.Contains(position)).Sum(row => SubsetsOf(row).Length), done = 0;
        foreach (CaseStep<SubsetSegmenter.Prepared, CaseEvaluation> step in run.Steps(rows))
        {
            ModalitySet[] subsets = SubsetsOf(step.Row);
            if (step.Done is { } before)
            {
                found.Add(before);
                Instruments.Case(Instruments.Evaluate, failed: false, kept: true);
                done += subsets.Length;
                if (subsets.Length > 0)
                    options.Progress?.Report(new(done, total, step.Row.CaseId, subsets[^1]));
                continue;
            }

            CaseEvaluation one = Evaluate(
                segmenter, step, subsets, subset => options.Progress?.Report(new(++done, total, step.Row.CaseId, subset)));
            found.Add(one);
            Instruments.Case(Instruments.Evaluate, failed: one.Failures.Count > 0);
            if (one.Failures.Count == 0)
                run.Keep(step, one);
        }

        return Report(
            found,
            [.. rows.Where((_, position) => options.Shard.Contains(position))],
            segmenter.Engine,
            options.Protocol,
            [.. options.Subsets.Except(asked)]);
    }

    /// <summary>Rows that a model has scored already.</summary>
    public SegmentationReport EvaluateScored(IDataView scored)
    {
        CaseRows.Column(scored, nameof(BraTSCase.CaseId), TextDataViewType.Instance, "Evaluate");
        CaseRows.Column(scored, nameof(BraTSCase.LabelPath), TextDataViewType.Instance, "Evaluate");
        DataViewSchema.Column[] columns =
        [
            CaseRows.Column(scored, options.OutputColumnName, VolumeDataViewType.Instance, "Evaluate"),
            .. ModalitySet.All
                .Select(modality => scored.Schema.GetColumnOrNull(modality.ToString()))
                .OfType<DataViewSchema.Column>()
                .Where(column => column.Type is VolumeDataViewType),
        ];
        bool isNamed = scored.Schema.GetColumnOrNull(nameof(BraTSCase.LabelConvention)) is not null;
        IReadOnlyList<BraTSCase> rows = CaseRows.Texts(scored, "Evaluate");
        HashSet<string> shared = CaseRecords.Shared(rows);
        using DataViewRowCursor cursor = scored.GetRowCursor(columns);
        ValueGetter<Volume> segmentation = cursor.GetGetter<Volume>(columns[0]);
        (Modality Modality, ValueGetter<Volume> Get)[] scans =
        [
            .. columns[1..].Select(column => (Enum.Parse<Modality>(column.Name), cursor.GetGetter<Volume>(column))),
        ];
        List<CaseEvaluation> found = [];
        for (int i = 0; i < rows.Count && cursor.MoveNext(); i++)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            BraTSCase row = rows[i];
            CaseEvaluation one = new(row.CaseId);
            found.Add(one);
            CaseMeasurement.Attempt(one, row.Modalities, () =>
            {
                CaseRecords.RefuseUnusable(row, shared);
                ModalitySet seen = ModalitySet.Of([.. scans.Where(scan => Value(scan.Get) is not null).Select(scan => scan.Modality)]);
                Volume volume = Value(segmentation) ?? throw new InvalidDataException($"{row.CaseId}: the row has no segmentation.");
                _measurement.Measure(
                    one,
                    seen,
                    volume,
                    _measurement.ReadLabel(
                        row.CaseId, row.LabelPath, isNamed ? row.LabelConvention : volume.LabelConvention?.Name ?? ""));
            });
        }

        return Report(found, rows, null, null, []);
    }

    // The subsets without those that the model was not trained for.
    private IReadOnlyList<ModalitySet> Asked(SegmentationEngine? engine)
    {
        if (engine is null)
            return options.Subsets;
        ModalitySet[] unknown = [.. options.Subsets.Except(engine.Subsets)];
        if (unknown.Length == options.Subsets.Count)
            throw engine.Unknown(unknown[0]);
        if (unknown.Length == 0)
            return options.Subsets;
        using IChannel channel = ((IHostEnvironment)context).Register(nameof(Evaluator)).Start("Evaluate");
        channel.Warning(
            MessageSensitivity.None,
            "Not evaluated, because the model was trained for other subsets of the scans: {0}.",
            string.Join(", ", unknown));
        return [.. options.Subsets.Except(unknown)];
    }

    private CaseEvaluation Evaluate(
        SubsetSegmenter segmenter,
        CaseStep<SubsetSegmenter.Prepared, CaseEvaluation> step,
        ModalitySet[] subsets,
        Action<ModalitySet> subsetDone)
    {
        CaseEvaluation one = new(step.Row.CaseId);
        if (step.Prepared is not { } prepared)
        {
            one.Failures.Add(new(step.Row.CaseId, step.Row.Modalities, CaseFault.Cause(step.Failure!).Message));
            return one;
        }

        if (subsets.Length == 0)
            one.Failures.Add(new(
                step.Row.CaseId, step.Row.Modalities, $"{step.Row.CaseId} has {step.Row.Modalities}, none of the subsets asked for."));
        PictureCollector pictures = new(options, _measurement.OrientationSource);
        Volume? label = null;
        foreach (SubsetSegmenter.Result result in segmenter.Segment(prepared))
        {
            CaseMeasurement.Attempt(one, result.Subset, () =>
            {
                if (result.Failure is { } failure)
                    ExceptionDispatchInfo.Throw(failure);
                _measurement.Measure(
                    one,
                    result.Subset,
                    result.Segmentation!,
                    label ??= _measurement.ReadLabel(step.Row.CaseId, step.Row.LabelPath, step.Row.LabelConvention));
                pictures.Add(step.Row, result.Subset, result.Segmentation!, label);
            });
            options.CancellationToken.ThrowIfCancellationRequested();
            subsetDone(result.Subset);
        }

        one.Picture = pictures.Picture;
        return one;
    }

    private string Settings(ITransformer model, SubsetSegmenter segmenter)
    {
        SegmentationEngine engine = segmenter.Engine ?? throw new InvalidOperationException(
            "RecordFolder keeps results of models with a segmentation stage, whose weights it knows by their hash; "
            + "this model has none. Leave RecordFolder null.");
        return ResultSettings.Of(model, engine, Choices(engine));
    }

    // What a record depends on besides the model and the files of its case.
    private object Choices(SegmentationEngine engine) => new
    {
        Subsets = options.Subsets.Select(subset => subset.ToString()),
        options.Protocol,
        options.MinimumEnhancingVoxels,
        options.Metrics,
        options.EmptyRegion,
        options.Lesions,
        // the model's own overlap, named or not, is one setting
        Windows = options.Windows.For(engine.Info.Architecture, engine.Info.Overlap),
        HasPictures = options.Pictures > 0,
    };

    private SegmentationReport Report(
        List<CaseEvaluation> found,
        IReadOnlyList<BraTSCase> rows,
        SegmentationEngine? engine,
        EvaluationProtocol? protocol,
        IReadOnlyList<ModalitySet> leftOut)
    {
        SegmentationScore[] scores = [.. found.SelectMany(one => one.Scores)];
        return new(scores, [.. found.SelectMany(one => one.Failures)], options.MinimumEnhancingVoxels)
        {
            Model = engine?.Info,
            Engine = engine?.Description,
            Protocol = protocol,
            LeftOut = leftOut,
            EmptyRegion = options.EmptyRegion,
            Cases = rows,
            Warnings = [.. found.SelectMany(one => one.Warnings)],
            EvaluatedAt = TimeProvider.System.GetUtcNow(),
            Pictures = options.Pictures == 0
                ? []
                : PictureCollector.Choose(found.Select(one => one.Picture).OfType<CasePicture>(), scores, options.Pictures),
        };
    }

    private static Volume? Value(ValueGetter<Volume> getter)
    {
        Volume volume = null!;
        getter(ref volume);
        return volume;
    }
}
