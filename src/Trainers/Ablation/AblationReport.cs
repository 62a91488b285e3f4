using System.Globalization;
using Microsoft.Data.Analysis;
using Smml.MLNet.Html;
using Smml.MLNet.Tables;

namespace Smml.MLNet;

/// <summary>The outcome of one row.</summary>
public sealed class AblationResult
{
    /// <summary>What took part.</summary>
    public required SmmlAblation Row { get; init; }

    /// <summary>The trained model.</summary>
    public required SegmentationModelInfo Model { get; init; }

    /// <summary>Its scores on the held-out cases.</summary>
    public required SegmentationReport Report { get; init; }

    /// <summary>Whether the model was trained by an earlier run.</summary>
    public required bool IsKept { get; init; }

    /// <summary>The training cases that could not be used, with the reasons.</summary>
    public IReadOnlyList<CaseWarning> Refused { get; init; } = [];
}

/// <summary>The result of an ablation: a row for each combination of parts, in the layout of the
/// paper's Table 4. Research use only.</summary>
[TypeFormatterSource(typeof(AblationFormatterSource), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class AblationReport
{
    /// <summary>The columns of <see cref="ToDataFrame"/>.</summary>
    internal static readonly string[] Header = [.. new AblationReport([]).ToDataFrame().Columns.Select(column => column.Name)];

    internal AblationReport(IReadOnlyList<AblationResult> rows) => Rows = rows;

    /// <summary>The rows in the order in which they were asked for.</summary>
    public IReadOnlyList<AblationResult> Rows { get; }

    /// <summary>Means over the cases for which a metric is defined, as a long table with the columns
    /// Row, Modalities, Region, Metric, Value.</summary>
    public DataFrame ToDataFrame()
    {
        (string Row, ModalitySet Modalities, ScoredRegion Region, string Metric, double Value)[] means =
        [
            .. from one in Rows
               from score in one.Report.Scores
               where !double.IsNaN(score.Value)
               group score.Value by (one.Row.Name, score.Modalities, score.Region, score.Metric) into cell
               select (cell.Key.Name, cell.Key.Modalities, cell.Key.Region, cell.Key.Metric, cell.Average()),
        ];
        return new(
            new StringDataFrameColumn("Row", means.Select(one => one.Row)),
            new StringDataFrameColumn("Modalities", means.Select(one => one.Modalities.ToString())),
            new StringDataFrameColumn("Region", means.Select(one => one.Region.ToString())),
            new StringDataFrameColumn("Metric", means.Select(one => one.Metric)),
            new DoubleDataFrameColumn("Value", means.Select(one => one.Value)));
    }

    /// <summary>Writes <see cref="ToDataFrame"/> as comma-separated values with a header, in UTF-8.</summary>
    /// <param name="path">The file; a table of the same kind is replaced.</param>
    /// <exception cref="IOException">The file is there and is no such table, its name is that of a volume, or it cannot be
    /// written.</exception>
    public void SaveCsv(string path) => TableFile.Write(path, ToDataFrame());

    /// <summary>The mean Dice of each row in percent; filled and hollow circles say what took part. At most 80 columns wide.</summary>
    public string ToTable() => AblationTable.Write(this);
}
