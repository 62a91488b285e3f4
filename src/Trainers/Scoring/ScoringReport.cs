using System.Globalization;
using Microsoft.Data.Analysis;
using Smml.MLNet.Tables;

namespace Smml.MLNet;

/// <summary>What became of each case of a scoring. Research use only, never a diagnosis.</summary>
public sealed class ScoringReport
{
    private static readonly ScoredRegion[] s_regions = BranchAgreement.Regions;

    private readonly IReadOnlyList<Row> _rows;

    internal ScoringReport(IReadOnlyList<Row> rows, int doneBefore, string engine)
    {
        _rows = rows;
        Engine = engine;
        DoneBefore = doneBefore;
        Cases = [.. rows.Select(row => row.Case).OfType<ScoredCase>()];
        Failures = [.. rows.Select(row => row.Failure).OfType<SegmentationFailure>()];
    }

    /// <summary>The cases that were segmented, in the order of the data.</summary>
    public IReadOnlyList<ScoredCase> Cases { get; }

    /// <summary>The cases that could not be segmented, and why.</summary>
    public IReadOnlyList<SegmentationFailure> Failures { get; }

    /// <summary>How many of <see cref="Cases"/> were in the folder already and verified by their hash.</summary>
    public int DoneBefore { get; }

    /// <summary>What the networks were computed with: library, its version and device, for example
    /// <c>onnxruntime 1.31.1, cpu</c>.</summary>
    public string Engine { get; }

    /// <summary>One row per case, in the order of the data: scans, volumes in mL, agreement of the branches (empty where it was not asked
    /// for), files that were written, the reason where it failed; which file was read as which scan, and which were not used.</summary>
    public DataFrame ToDataFrame()
    {
        List<DataFrameColumn> columns =
        [
            Text("CaseId", row => row.Case?.CaseId ?? row.Failure!.CaseId),
            Text("Modalities", row => (row.Case?.Modalities ?? row.Failure!.Modalities).ToString()),
            Text("Status", row => row.Case is null ? "failed" : "segmented"),
            .. s_regions.Select(region => Number(
                $"{region}Millilitres", row => row.Case?.Millilitres.TryGetValue(region, out double value) == true ? value : null)),
            .. s_regions.Select(region => Number(
                $"BranchDice{region}", row => row.Case?.Agreement?.Dice.TryGetValue(region, out double value) == true ? value : null)),
            Number("BranchDice", row => row.Case?.Agreement?.Score),
            Number("MeanDisagreement", row => row.Case?.Agreement?.MeanDisagreement),
            Text("NeedsReview", row => row.Case?.NeedsReview is { } needed ? (needed ? "yes" : "no") : null),
            Text("Segmentation", row => row.Case?.Segmentation.Name),
            Text("Sha256", row => row.Case?.Segmentation.Sha256),
            Text("Warnings", row => row.Case is { Warnings.Count: > 0 } one ? string.Join(' ', one.Warnings) : null),
            Text("Reason", row => row.Failure?.Reason),
            .. ModalitySet.All.Select(modality => Text($"{modality}File", row => Named(row.Source.PathOf(modality)))),
            Text("UnusedFiles", row => Named(row.Source.UnusedFiles)),
        ];
        return new(columns);

        static string? Named(string? files) => string.IsNullOrEmpty(files) ? null : files;
        StringDataFrameColumn Text(string name, Func<Row, string?> value) => new(name, _rows.Select(value));
        DoubleDataFrameColumn Number(string name, Func<Row, double?> value) => new(name, _rows.Select(value));
    }

    /// <summary>Writes <see cref="ToDataFrame"/> as comma-separated values with a header, in UTF-8. The same cases give the same bytes, in
    /// however many processes they were done.</summary>
    /// <param name="path">The file; a table of the same kind is replaced.</param>
    /// <exception cref="IOException">The file is there and is no such table, its name is that of a volume, or it cannot be
    /// written.</exception>
    public void SaveCsv(string path) => TableFile.Write(path, ToDataFrame());

    /// <summary>One row per case that this run segmented, in the order of the data, with the columns CaseId, Reading, Preparation, Network
    /// and Writing, in seconds of wall time (<see cref="CaseSeconds"/>). They are apart from <see cref="ToDataFrame"/>, which is the same
    /// whenever and in however many processes the cases are done.</summary>
    public DataFrame ToTimeDataFrame()
    {
        ScoredCase[] timed = [.. Cases.Where(one => one.Seconds is not null)];
        return new(
            new StringDataFrameColumn("CaseId", timed.Select(one => one.CaseId)),
            Seconds(nameof(CaseSeconds.Reading), seconds => seconds.Reading),
            Seconds(nameof(CaseSeconds.Preparation), seconds => seconds.Preparation),
            Seconds(nameof(CaseSeconds.Network), seconds => seconds.Network),
            Seconds(nameof(CaseSeconds.Writing), seconds => seconds.Writing));

        DoubleDataFrameColumn Seconds(string name, Func<CaseSeconds, double> value) =>
            new(name, timed.Select(one => Math.Round(value(one.Seconds!), 3)));
    }

    /// <summary>Writes <see cref="ToTimeDataFrame"/> as comma-separated values.</summary>
    /// <inheritdoc cref="SaveCsv"/>
    public void SaveTimesCsv(string path) => TableFile.Write(path, ToTimeDataFrame());

    /// <summary>A case with its files, and what was found or why nothing was.</summary>
    internal readonly record struct Row(BraTSCase Source, ScoredCase? Case, SegmentationFailure? Failure);
}
