using System.Globalization;
using Microsoft.Data.Analysis;
using Smml.MLNet.Html;
using Smml.MLNet.Tables;

namespace Smml.MLNet;

/// <summary>One number of a report.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Modalities">The scans that the model saw.</param>
/// <param name="Region">The region.</param>
/// <param name="Metric">The metric, a constant of <see cref="SegmentationMetrics"/>.</param>
/// <param name="Value">The value in the unit of the metric; NaN where it is not defined (<see cref="EmptyRegion.Exclude"/>).</param>
public sealed record SegmentationScore(string CaseId, ModalitySet Modalities, ScoredRegion Region, string Metric, double Value);

/// <summary>A case that could not be scored with a subset.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Modalities">The scans that the model should have seen.</param>
/// <param name="Reason">What is wrong and what to do.</param>
public sealed record SegmentationFailure(string CaseId, ModalitySet Modalities, string Reason);

/// <summary>The result of an evaluation: every case, modality subset and region. Research use only.</summary>
[TypeFormatterSource(typeof(ReportFormatterSource), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class SegmentationReport
{
    internal SegmentationReport(
        IReadOnlyList<SegmentationScore> scores, IReadOnlyList<SegmentationFailure> failures, int minimumEnhancingVoxels)
    {
        Scores = scores;
        Failures = failures;
        MinimumEnhancingVoxels = minimumEnhancingVoxels;
    }

    /// <summary>Evaluations of different cases in the same way, as one; the model is that of the first.</summary>
    internal static SegmentationReport Merge(IReadOnlyList<SegmentationReport> parts) => new(
        [.. parts.SelectMany(part => part.Scores)],
        [.. parts.SelectMany(part => part.Failures)],
        parts[0].MinimumEnhancingVoxels)
    {
        Model = parts[0].Model,
        Engine = parts[0].Engine,
        Protocol = parts[0].Protocol,
        LeftOut = parts[0].LeftOut,
        EmptyRegion = parts[0].EmptyRegion,
        Cases = [.. parts.SelectMany(part => part.Cases)],
        Warnings = [.. parts.SelectMany(part => part.Warnings)],
        EvaluatedAt = parts.Max(part => part.EvaluatedAt),
    };

    /// <summary>What a region scored that is not there.</summary>
    public EmptyRegion EmptyRegion { get; internal init; }

    /// <summary>Every score, in the order of evaluation.</summary>
    public IReadOnlyList<SegmentationScore> Scores { get; }

    /// <summary>What could not be scored, and why; the means leave it out.</summary>
    public IReadOnlyList<SegmentationFailure> Failures { get; }

    /// <summary>The rule behind <see cref="ScoredRegion.EnhancingTumorPostprocessed"/>.</summary>
    public int MinimumEnhancingVoxels { get; }

    /// <summary>The model that was evaluated; null for rows that were scored before, and for a model of another kind.</summary>
    public SegmentationModelInfo? Model { get; internal init; }

    /// <summary>What the networks were computed with: library, its version and device, for example <c>onnxruntime 1.31.1, cpu</c>; null for
    /// rows that were scored before, and for a model of another kind.</summary>
    public string? Engine { get; internal init; }

    /// <summary>How a missing scan was simulated; null for rows that were scored before, with the scans that they have.</summary>
    public EvaluationProtocol? Protocol { get; internal init; }

    /// <summary>The subsets that were asked for and not evaluated, because the model was not trained for them (SMU-Net without a student
    /// for them).</summary>
    public IReadOnlyList<ModalitySet> LeftOut { get; internal init; } = [];

    /// <summary>The rows that were evaluated: which file was read as which scan and as the label, and which files were not used; empty
    /// where that is not known.</summary>
    public IReadOnlyList<BraTSCase> Cases { get; internal init; } = [];

    /// <summary>What is odd about cases that were scored.</summary>
    public IReadOnlyList<CaseWarning> Warnings { get; internal init; } = [];

    /// <summary>When the evaluation ended; null where it is not known.</summary>
    public DateTimeOffset? EvaluatedAt { get; internal init; }

    /// <summary>The cases that were chosen to be shown, worst first.</summary>
    internal IReadOnlyList<CasePicture> Pictures { get; init; } = [];

    /// <summary>The mean Dice over cases; NaN where no case was scored so.</summary>
    public double Mean(ScoredRegion region, ModalitySet modalities) => Mean(SegmentationMetrics.Dice, region, modalities);

    /// <summary>The mean of a metric over the cases for which it is defined; NaN where there is none.</summary>
    /// <param name="metric">A constant of <see cref="SegmentationMetrics"/>.</param>
    /// <param name="region">The region.</param>
    /// <param name="modalities">The scans that the model saw.</param>
    public double Mean(string metric, ScoredRegion region, ModalitySet modalities)
    {
        double[] values =
        [
            .. Scores
                .Where(score =>
                    score.Metric == metric && score.Region == region && score.Modalities == modalities && !double.IsNaN(score.Value))
                .Select(score => score.Value),
        ];
        return values.Length == 0 ? double.NaN : values.Average();
    }

    /// <summary>The mean Dice: over the subsets that were scored, of the mean over cases, as the paper's column "Avg".</summary>
    public double Mean(ScoredRegion region)
    {
        double[] values =
        [
            .. Scores.Select(score => score.Modalities).Distinct().Select(subset => Mean(region, subset)).Where(double.IsFinite),
        ];
        return values.Length == 0 ? double.NaN : values.Average();
    }

    /// <summary>The scores as a long table with the columns CaseId, Modalities, Region, Metric, Value. A value that is
    /// not defined is null, in a file empty.</summary>
    public DataFrame ToDataFrame() => new(
        new StringDataFrameColumn("CaseId", Scores.Select(score => score.CaseId)),
        new StringDataFrameColumn("Modalities", Scores.Select(score => score.Modalities.ToString())),
        new StringDataFrameColumn("Region", Scores.Select(score => score.Region.ToString())),
        new StringDataFrameColumn("Metric", Scores.Select(score => score.Metric)),
        new DoubleDataFrameColumn("Value", Scores.Select(score => double.IsNaN(score.Value) ? (double?)null : score.Value)));

    /// <summary>Writes <see cref="ToDataFrame"/> as comma-separated values with a header, in UTF-8.</summary>
    /// <param name="path">The file; a table of the same kind is replaced.</param>
    /// <exception cref="IOException">The file is there and is no such table, its name is that of a volume, or it cannot be
    /// written.</exception>
    public void SaveCsv(string path) => TableFile.Write(path, ToDataFrame());

    /// <summary>The mean Dice in percent in the layout of the paper's Table 1: filled and hollow
    /// circles say which scans the model saw.</summary>
    /// <param name="width">Columns of the terminal; below 96 the table stands upright, one subset a line.</param>
    public string ToTable(int width = 100) => ReportTable.Write(this, width);

    /// <summary>The report as one page of HTML that needs nothing else: no scripts, no files, no network. Tables, box plots, what a missing
    /// scan costs, every case, pictures where <see cref="EvaluationOptions.Pictures"/> asked for them, warnings and failures.</summary>
    public string ToHtml() => ReportPage.Write(this);

    /// <summary>Writes <see cref="ToHtml"/> as UTF-8.</summary>
    /// <param name="path">The file; a page of this library is replaced.</param>
    /// <exception cref="IOException">The file is there and is no page of this library, its name is that of a volume, or it cannot be
    /// written.</exception>
    public void SaveHtml(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PageFile.Write(path, ReportPage.Title, ToHtml());
    }

    /// <summary>How many cases were scored, and the mean Dice of all subsets.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Scores.Select(score => score.CaseId).Distinct().Count()} cases, mean Dice WT {Mean(ScoredRegion.WholeTumor):0.000}, "
        + $"TC {Mean(ScoredRegion.TumorCore):0.000}, ET {Mean(ScoredRegion.EnhancingTumor):0.000}");
}
