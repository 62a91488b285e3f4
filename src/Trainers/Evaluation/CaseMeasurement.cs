using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Smml.MLNet.Cases;
using Smml.MLNet.Html;

namespace Smml.MLNet.Evaluation;

/// <summary>Compares segmentations with labels.</summary>
internal sealed class CaseMeasurement(MLContext context, EvaluationOptions options)
{
    private static readonly ScoredRegion[] s_regions = Enum.GetValues<ScoredRegion>();

    /// <summary>Where a label lies; empty for an empty path.</summary>
    public string Locate(string path) =>
        path.Length == 0 || options.RootDirectory is null ? path : Path.Combine(options.RootDirectory, path);

    /// <summary>What the model places a file by that has an sform and a qform; null if nothing was chosen.</summary>
    public OrientationSource? OrientationSource { get; set; }

    /// <summary>The label of a case, with what its values mean.</summary>
    /// <exception cref="InvalidDataException">There is none, or it is not known what its values mean.</exception>
    public Volume ReadLabel(string caseId, string path, string convention)
    {
        if (string.IsNullOrEmpty(path))
            throw new InvalidDataException(
                $"{caseId} has no label file, which an evaluation needs. Give LabelPath, or use SaveSegmentations to score without truth.");
        if (string.IsNullOrWhiteSpace(convention))
            throw new InvalidDataException(
                $"{path}: it is not known what its label values mean. Name the convention in the column LabelConvention: "
                + $"{string.Join(", ", LabelConvention.Known)}.");
        Volume label = VolumeFile.Read(Locate(path), OrientationSource);
        return label.WithConvention(LabelConvention.FromName(convention.Trim()));
    }

    /// <summary>Adds the metrics of a segmentation.</summary>
    /// <exception cref="InvalidDataException">Label and segmentation cannot be compared.</exception>
    public void Measure(CaseEvaluation one, ModalitySet subset, Volume segmentation, Volume label)
    {
        Tell(one, segmentation.Warnings);
        if (segmentation.Shape != label.Shape)
            throw new InvalidDataException(
                $"{label.Source}: the label has the shape {label.Shape}, the scans {segmentation.Shape}. "
                + "The label of a case must be on the grid of its scans.");
        double distance = label.Grid.Affine.CornerDistance(segmentation.Grid.Affine, label.Shape);
        if (!(distance <= VolumeChecks.CornerTolerance))
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"{label.Source}: the label lies up to {distance:0.####} mm from the scans, "
                + $"expected at most {VolumeChecks.CornerTolerance} mm. The label of a case must be on the grid of its scans."));
        LabelConvention predictedBy = segmentation.LabelConvention
            ?? throw new InvalidDataException($"{one.CaseId}: the segmentation does not say how it writes labels.");
        LabelConvention truthBy = label.LabelConvention!;
        if (!truthBy.HasSameClasses(predictedBy))
        {
            throw new InvalidDataException(
                $"{label.Source}: its labels follow {truthBy} ({string.Join(", ", truthBy.ClassNames)}), the model predicts {predictedBy} "
                + $"({string.Join(", ", predictedBy.ClassNames)}). Evaluate on a data set with the model's classes.");
        }

        byte[] predicted = predictedBy.ToClasses(segmentation), truth = truthBy.ToClasses(label);
        foreach (ScoredRegion region in s_regions.Where(region => truthBy.Has(region.Classes)))
            one.Scores.AddRange(SegmentationMetrics.Compute(predicted, truth, truthBy, region, label.Grid, options)
                .Select(value => new SegmentationScore(one.CaseId, subset, region, value.Metric, value.Value)));
    }

    /// <summary>Does something with a case. One bad case must not cost the others; what it was is part of the report.</summary>
    public static void Attempt(CaseEvaluation one, ModalitySet subset, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (CaseFault.ConcernsScoring(exception))
        {
            one.Failures.Add(new(one.CaseId, subset, CaseFault.Cause(exception).Message));
        }
    }

    // Once a case, not once a subset.
    private void Tell(CaseEvaluation one, IReadOnlyList<string> warnings)
    {
        string[] news = [.. warnings.Except(one.Warnings.Select(warning => warning.Message))];
        if (news.Length == 0)
            return;
        one.Warnings.AddRange(news.Select(warning => new CaseWarning(one.CaseId, warning)));
        using IChannel channel = ((IHostEnvironment)context).Register(nameof(Evaluator)).Start("Evaluate");
        foreach (string warning in news)
            channel.Warning(MessageSensitivity.UserData, "{0}: {1}", one.CaseId, warning);
    }
}

/// <summary>What was found about a case.</summary>
internal sealed class CaseEvaluation(string caseId)
{
    public string CaseId { get; } = caseId;

    public List<SegmentationScore> Scores { get; init; } = [];

    public List<SegmentationFailure> Failures { get; init; } = [];

    public List<CaseWarning> Warnings { get; init; } = [];

    /// <summary>The case as a report shows it; null where nothing was drawn.</summary>
    public CasePicture? Picture { get; set; }
}
