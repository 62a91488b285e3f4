using System.Globalization;
using Microsoft.Data.Analysis;
using Smml.MLNet.Comparison;
using Smml.MLNet.Html;
using Smml.MLNet.Tables;

namespace Smml.MLNet;

/// <summary>What became of one method.</summary>
public sealed class ComparisonResult
{
    /// <summary>The method, with the options that were given.</summary>
    public required ComparisonMethod Method { get; init; }

    /// <summary>The trained model, with the budget that it had; with folds that of the first one.</summary>
    public required SegmentationModelInfo Model { get; init; }

    /// <summary>The trained models, one for each fold.</summary>
    public IReadOnlyList<SegmentationModelInfo> Models
    {
        get => field ?? [Model];
        internal init;
    }

    /// <summary>Its scores on the held-out cases.</summary>
    public required SegmentationReport Report { get; init; }

    /// <summary>Whether an earlier run trained the model.</summary>
    public required bool IsKept { get; init; }

    /// <summary>The training cases that could not be used, with the reasons.</summary>
    public IReadOnlyList<CaseWarning> Refused { get; init; } = [];

    /// <summary>Seconds from the files of a case, with all its scans, to its segmentation; the mean over the held-out
    /// cases. Null if it was not measured.</summary>
    public double? SecondsPerCase { get; init; }

    /// <summary>The largest memory of the process during training, training cases included, in
    /// bytes. Null if it was not measured.</summary>
    public long? TrainingPeakBytes { get; init; }

    /// <summary>The largest memory of the process during the scoring of single cases, in bytes. Null if it was not measured.</summary>
    public long? ScoringPeakBytes { get; init; }
}

/// <summary>Methods side by side on cases that none of them saw, in the layout of the paper's Table 1.
/// Research use only, never a diagnosis.</summary>
[TypeFormatterSource(typeof(ComparisonFormatterSource), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class ComparisonReport
{
    /// <summary>The columns of <see cref="ToDataFrame"/>.</summary>
    internal static readonly string[] Header =
    [
        .. new ComparisonReport([], "", 0, 0, folds: 1, 0).ToDataFrame().Columns.Select(column => column.Name),
    ];

    internal ComparisonReport(
        IReadOnlyList<ComparisonResult> methods, string budget, int trainingCases, int heldOutCases, int folds, int seed)
    {
        Methods = methods;
        Budget = budget;
        TrainingCases = trainingCases;
        HeldOutCases = heldOutCases;
        Folds = folds;
        Seed = seed;
        Scores = new(methods);
    }

    /// <summary>The methods in the order in which they were asked for; differences are to the first.</summary>
    public IReadOnlyList<ComparisonResult> Methods { get; }

    /// <summary>The training budget in words.</summary>
    public string Budget { get; }

    /// <summary>In how many parts the cases were held out one after another; 1 where only some cases were held out.</summary>
    public int Folds { get; }

    /// <summary>How many cases each method was trained on; with folds the smallest number.</summary>
    public int TrainingCases { get; }

    /// <summary>How many cases were held out; with folds all.</summary>
    public int HeldOutCases { get; }

    /// <summary>The seed of every method.</summary>
    public int Seed { get; }

    /// <summary>Means, spreads, ranks and differences.</summary>
    internal ComparisonScores Scores { get; }

    /// <summary>One row per method, region and subset of the scans (<c>mean</c>: over the subsets), Dice from 0 to 1: Method, Region,
    /// Modalities, Cases, Mean, StandardDeviation (over cases), Rank (1 is best), and, from the second method on, MeanDifference and
    /// DifferenceStandardDeviation of the cases' paired differences to the first method.</summary>
    public DataFrame ToDataFrame()
    {
        ComparisonCell[] cells = [.. Scores.Cells];
        return new(
            new StringDataFrameColumn("Method", cells.Select(cell => cell.Method)),
            new StringDataFrameColumn("Region", cells.Select(cell => cell.Region.ToString())),
            new StringDataFrameColumn("Modalities", cells.Select(cell => cell.Subset?.ToString() ?? "mean")),
            new Int32DataFrameColumn("Cases", cells.Select(cell => cell.Cases)),
            new DoubleDataFrameColumn("Mean", cells.Select(cell => Defined(cell.Mean))),
            new DoubleDataFrameColumn("StandardDeviation", cells.Select(cell => Defined(cell.StandardDeviation))),
            new Int32DataFrameColumn("Rank", cells.Select(cell => cell.Rank)),
            new DoubleDataFrameColumn("MeanDifference", cells.Select(cell => Defined(cell.MeanDifference))),
            new DoubleDataFrameColumn("DifferenceStandardDeviation", cells.Select(cell => Defined(cell.DifferenceStandardDeviation))));
    }

    /// <summary>Every score: Method, CaseId, Modalities, Region, Metric, Value.</summary>
    public DataFrame ToCaseDataFrame()
    {
        (string Method, SegmentationScore Score)[] scores =
        [
            .. Methods.SelectMany(one => one.Report.Scores.Select(score => (one.Method.Name, score))),
        ];
        return new(
            new StringDataFrameColumn("Method", scores.Select(one => one.Method)),
            new StringDataFrameColumn("CaseId", scores.Select(one => one.Score.CaseId)),
            new StringDataFrameColumn("Modalities", scores.Select(one => one.Score.Modalities.ToString())),
            new StringDataFrameColumn("Region", scores.Select(one => one.Score.Region.ToString())),
            new StringDataFrameColumn("Metric", scores.Select(one => one.Score.Metric)),
            new DoubleDataFrameColumn("Value", scores.Select(one => Defined(one.Score.Value))));
    }

    /// <summary>Writes <see cref="ToDataFrame"/> as comma-separated values with a header, in UTF-8.</summary>
    /// <param name="path">The file; a table of the same kind is replaced.</param>
    /// <exception cref="IOException">The file is there and is no such table, its name is that of a volume, or it cannot be
    /// written.</exception>
    public void SaveCsv(string path) => TableFile.Write(path, ToDataFrame());

    /// <summary>Writes <see cref="ToCaseDataFrame"/> in the same way.</summary>
    /// <inheritdoc cref="SaveCsv"/>
    public void SaveCaseCsv(string path) => TableFile.Write(path, ToCaseDataFrame());

    /// <summary>The mean Dice in percent in the layout of the paper's Table 1, the best with a star, the second with a plus; below it what
    /// each method cost and the paired differences to the first.</summary>
    /// <param name="width">Columns of the terminal; below 120 the table stands upright, one subset per line.</param>
    public string ToTable(int width = 120) => ComparisonTable.Write(this, width);

    /// <summary>The comparison as one page of HTML that needs nothing else: no scripts, no files, no network.</summary>
    public string ToHtml() => ComparisonPage.Write(this);

    /// <summary>Writes <see cref="ToHtml"/> as UTF-8.</summary>
    /// <param name="path">The file; a page of this library is replaced.</param>
    /// <exception cref="IOException">The file is there and is no page of this library, its name is that of a volume, or it cannot be
    /// written.</exception>
    public void SaveHtml(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PageFile.Write(path, ComparisonPage.Title, ToHtml());
    }

    /// <summary>The comparisons of several folds as one: every score once, times and memory as means and as the largest.</summary>
    internal static ComparisonReport Merge(IReadOnlyList<ComparisonReport> folds)
    {
        return new(
            [.. folds[0].Methods.Select((_, m) => Together([.. folds.Select(fold => fold.Methods[m])]))],
            string.Join("; in other folds ", folds.Select(fold => fold.Budget).Distinct(StringComparer.Ordinal)),
            folds.Min(fold => fold.TrainingCases),
            folds.Sum(fold => fold.HeldOutCases),
            folds.Count,
            folds[0].Seed);

        static ComparisonResult Together(ComparisonResult[] parts) => new()
        {
            Method = parts[0].Method,
            Model = parts[0].Model,
            Models = [.. parts.Select(part => part.Model)],
            Report = SegmentationReport.Merge([.. parts.Select(part => part.Report)]),
            IsKept = parts.All(part => part.IsKept),
            Refused = [.. parts.SelectMany(part => part.Refused).Distinct()],
            SecondsPerCase = parts.Average(part => part.SecondsPerCase),
            TrainingPeakBytes = parts.Max(part => part.TrainingPeakBytes),
            ScoringPeakBytes = parts.Max(part => part.ScoringPeakBytes),
        };
    }

    private static double? Defined(double value) => double.IsFinite(value) ? value : null;
}
