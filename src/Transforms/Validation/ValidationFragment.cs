using System.Xml.Linq;
using Smml.MLNet.Cases;
using Smml.MLNet.Html;
using static Smml.MLNet.Html.Markup;
using static Smml.MLNet.Html.NotebookStyle;

namespace Smml.MLNet;

/// <summary>Shows a <see cref="ValidationReport"/> in a notebook: tables, else the same as text.</summary>
internal sealed class ValidationFormatterSource() : FormatterSource<ValidationReport>(ValidationFragment.Write, report => report.ToTable());

/// <summary>A row a case, and below what was found, once for all cases that it concerns.</summary>
internal static class ValidationFragment
{
    private const int MostRows = 40, MostNames = 6;

    public static string Write(ValidationReport report) => Fragment(
        Tag("p", null, Tag("b", null, report.ToString())),
        Tag("table", null,
            HeadRow(Head("case", "l"), Head("scans"), Head("shape"), Head("mm"), Head("axes"), Head("verdict")),
            Tag("tbody", null, report.Cases.OrderByDescending(one => one.Verdict).Take(MostRows).Select(Row))),
        report.Cases.Count > MostRows
            ? Tag("p", null, FormattableString.Invariant($"{report.Cases.Count - MostRows} more, none of them worse"))
            : null,
        report.Findings.Any()
            ? Tag("table", null, HeadRow(Head("finding", "l"), Head("cases", "l")), Tag("tbody", null, Findings(report)))
            : null,
        Files("files", CaseFileText.Used([.. report.Cases.Select(one => one.Source)])),
        Files("not used", CaseFileText.Unused([.. report.Cases.Select(one => one.Source)])),
        report.Notes.Count > 0 ? Tag("ul", null, report.Notes.Select(note => Tag("li", null, note))) : null);

    private static XElement? Files(string head, IEnumerable<(string Cases, string Files)> lines)
    {
        XElement[] rows = [.. lines.Select(line => Tag("tr", null, Tag("td", "l", line.Files), Tag("td", "l", line.Cases)))];
        return rows.Length == 0 ? null : Tag("table", null, HeadRow(Head(head, "l"), Head("cases", "l")), Tag("tbody", null, rows));
    }

    private static XElement Row(ValidatedCase one)
    {
        string[] cells = ValidationTable.Row(one);
        return Tag(
            "tr",
            null,
            Tag("th", "l", Has("scope", "row"), cells[0]),
            Tag("td", null, Has("title", one.Modalities.ToString()), cells[1]),
            cells[2..].Select(cell => Tag("td", null, cell)));
    }

    private static IEnumerable<XElement> Findings(ValidationReport report) =>
        report.Findings
            .GroupBy(finding => (finding.Severity, finding.Check, finding.Message))
            .OrderByDescending(group => group.Key.Severity)
            .Select(group =>
            {
                string[] names = [.. group.Select(finding => finding.CaseId).Distinct(StringComparer.Ordinal)];
                return Tag("tr", null,
                    Tag(
                        "td",
                        "l",
                        Tag("b", null, group.Key.Severity == FindingSeverity.Error ? "refused" : "warning"),
                        $" [{group.Key.Check}] {group.Key.Message}"),
                    Tag(
                        "td",
                        "l",
                        string.Join(", ", names.Take(MostNames))
                        + (names.Length > MostNames ? FormattableString.Invariant($" and {names.Length - MostNames} more") : "")));
            });
}
