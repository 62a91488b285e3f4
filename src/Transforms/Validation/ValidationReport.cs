using System.Globalization;
using Microsoft.Data.Analysis;
using Smml.MLNet.Html;

namespace Smml.MLNet;

/// <summary>What the checks found in a data set.</summary>
[TypeFormatterSource(typeof(ValidationFormatterSource), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class ValidationReport
{
    internal ValidationReport(IReadOnlyList<ValidatedCase> cases, IReadOnlyList<string> notes) => (Cases, Notes) = (cases, notes);

    /// <summary>Every case, in the order given.</summary>
    public IReadOnlyList<ValidatedCase> Cases { get; }

    /// <summary>What was not read besides the files of the cases, a sentence each; see <see cref="BraTSCaseList.Notes"/>.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Every finding, case by case.</summary>
    public IEnumerable<ValidationFinding> Findings => Cases.SelectMany(one => one.Findings);

    /// <summary>The findings as a table with the columns CaseId, Severity, Check, File, Message.</summary>
    public DataFrame ToDataFrame() => new(
        new StringDataFrameColumn("CaseId", Findings.Select(finding => finding.CaseId)),
        new StringDataFrameColumn("Severity", Findings.Select(finding => finding.Severity.ToString())),
        new StringDataFrameColumn("Check", Findings.Select(finding => finding.Check)),
        new StringDataFrameColumn("File", Findings.Select(finding => finding.File)),
        new StringDataFrameColumn("Message", Findings.Select(finding => finding.Message)));

    /// <summary>How many cases have a verdict.</summary>
    public int Count(ValidationVerdict verdict) => Cases.Count(one => one.Verdict == verdict);

    /// <summary>A line a case, the findings with what to do about them, which file was read as which scan, and what was not used.</summary>
    /// <param name="width">Columns of the terminal, 50 or more.</param>
    public string ToTable(int width = 100) => ValidationTable.Write(this, Math.Max(width, 50));

    /// <summary>How many cases can be used.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Cases.Count} case{(Cases.Count == 1 ? "" : "s")}: {Count(ValidationVerdict.Ok)} ok, {Count(ValidationVerdict.Warning)} with "
        + $"warnings, {Count(ValidationVerdict.Refused)} refused");
}
