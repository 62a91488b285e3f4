using System.Globalization;
using System.Xml.Linq;
using Smml.MLNet.Html;
using static Smml.MLNet.Html.Markup;

namespace Smml.MLNet.Comparison;

/// <summary>Shows a <see cref="ComparisonReport"/> in a notebook: the page, else the table.</summary>
internal sealed class ComparisonFormatterSource()
    : FormatterSource<ComparisonReport>(ComparisonPage.WriteFragment, report => report.ToTable());

/// <summary>A comparison as one page, in the look of the evaluation report. It loads nothing and runs nothing.</summary>
internal static class ComparisonPage
{
    /// <summary>The title of the page.</summary>
    public const string Title = "Comparison of methods";

    private const string Notice = "Research use only, never a diagnosis.";

    // Of this page only; no character here needs to be escaped in XML.
    private const string Style = """

        .smml .compare td b { font-weight: 700; } .smml .compare td u { text-decoration-thickness: 1.5px; text-underline-offset: 3px; }
        .smml .compare tr.first td, .smml .compare tr.first th { border-top: 1px solid var(--line); }
        .smml .compare tbody th { text-align: left; font-weight: 600; } .smml .compare tbody th.m { font-weight: 400; padding-left: 14px; }
        .smml .compare td { text-align: center; padding: 4px 5px; }
        .smml .compare .avg { font-weight: 600; border-left: 1px solid var(--line); }
        .smml .compare .circles td, .smml .compare .circles th { line-height: 1.15; padding: 1px 5px; }

        """;

    /// <summary>The page, well-formed as HTML and as XML.</summary>
    public static string Write(ComparisonReport report) => "<!DOCTYPE html>\n" + Markup.Write(Tag(
        "html",
        null,
        Has("lang", "en"),
        Tag(
            "head",
            null,
            Tag("meta", null, Has("charset", "utf-8")),
            Tag("meta", null, Has("name", "viewport"), Has("content", "width=device-width, initial-scale=1")),
            PageFile.Generator(),
            Tag("title", null, Title),
            Tag("style", null, ReportStyle.Page + ReportStyle.Article + Style)),
        Tag("body", null, Article(report)))) + "\n";

    /// <summary>The same for a place in another page, such as a notebook.</summary>
    public static string WriteFragment(ComparisonReport report) =>
        Markup.Write(Tag("div", null, Tag("style", null, ReportStyle.Article + Style), Article(report)));

    private static XElement Article(ComparisonReport report) => Tag(
        "article",
        "smml",
        Tag("header", null, Tag("h1", null, "Comparison of methods"), Tag("p", "notice", Notice)),
        Facts(report),
        Section(
            "Dice for each set of scans",
            $"in percent, mean over the held-out cases; {Seen} scan seen, {Missing} missing; bold: best, underlined: second; "
            + "point at a number for its standard deviation",
            Tag("div", "scroll", Table(report))),
        report.Methods.Count < 2 ? null : Section(
            $"Paired differences to {report.Methods[0].Method.Name}",
            "in percentage points of Dice; mean and standard deviation over the cases of each case's "
            + "difference, mean over the sets of scans",
            Differences(report)),
        Section(
            "What each method takes",
            "on the machine that trained; time per case from its files with all scans to the segmentation; memory of the whole process",
            Costs(report)),
        Failures(report),
        report.Methods.Select(one => Tag(
            "details", null, Tag("summary", null, $"Model card of {one.Method.Name}"), Tag("pre", null, one.Model.ToModelCard()))),
        Tag("footer", null, Notice));

    private static XElement Facts(ComparisonReport report)
    {
        ComparisonResult first = report.Methods[0];
        return Tag("section", "facts", Tag(
            "dl",
            null,
            Fact("methods", Invariant($"{report.Methods.Count}")),
            Fact("trained on", Invariant($"{report.TrainingCases} cases{ComparisonTable.Folds(report)}")),
            Fact("held out", Invariant($"{report.HeldOutCases} cases")),
            Fact("budget", report.Budget),
            Fact("seed", Invariant($"{report.Seed}")),
            first.Report.Protocol is { } protocol ? Fact("protocol", protocol.ToString()) : null,
            first.Model.Environment is { } environment ? Fact("trained on device", $"{environment.Platform}, {environment.Device}") : null,
            Fact("Smml.MLNet", first.Model.LibraryVersion)));
    }

    private static XElement Table(ComparisonReport report)
    {
        ComparisonScores scores = report.Scores;
        return Tag(
            "table",
            "compare",
            Tag("thead", null, ModalitySet.All.Select(modality => Tag(
                "tr",
                "circles",
                Tag("th", "l", Has("scope", "row"), Has("colspan", 2), modality.ToString()),
                scores.Subsets.Select(subset => Tag("td", "c", (subset.Contains(modality) ? Seen : Missing).ToString())),
                modality == Modality.T2 ? Tag("th", "avg", Has("scope", "col"), "Avg") : Tag("td", "avg")))),
            Tag("tbody", null, scores.TableRegions.SelectMany(region => report.Methods.Select((one, m) => Tag(
                "tr",
                m == 0 ? "first" : null,
                m == 0
                    ? Tag(
                        "th",
                        null,
                        Has("scope", "rowgroup"),
                        Has("rowspan", report.Methods.Count),
                        Has("title", Region(region).Long),
                        Region(region).Short)
                    : null,
                Tag("th", "m", Has("scope", "row"), one.Method.Name),
                scores.Subsets.Select(subset => Cell(scores.Of(one.Method.Name, region, subset), null)),
                Cell(scores.Of(one.Method.Name, region, null), "avg"))))));
    }

    private static XElement Cell(ComparisonCell cell, string? style)
    {
        string deviation = double.IsFinite(cell.StandardDeviation) ? $", standard deviation {Percent(cell.StandardDeviation)}" : "";
        string set = cell.Subset is { } subset ? subset.ToString() : "mean over the sets of scans";
        object text = cell.Rank switch
        {
            1 => Tag("b", null, Percent(cell.Mean)),
            2 => Tag("u", null, Percent(cell.Mean)),
            _ => Percent(cell.Mean),
        };
        return Tag("td", style, Has("title", Invariant($"{cell.Method}, {set}: {cell.Cases} cases{deviation}")), text);
    }

    private static XElement Differences(ComparisonReport report) => Tag(
        "table",
        "numbers",
        Tag("thead", null, Tag("tr", null, Tag("th", "l", Has("scope", "col"), "method"), report.Scores.TableRegions.Select(region =>
            Tag("th", "g", Has("scope", "col"), Region(region).Short)))),
        Tag("tbody", null, report.Methods.Skip(1).Select(one => Tag(
            "tr",
            null,
            Tag("th", null, Has("scope", "row"), one.Method.Name),
            report.Scores.TableRegions.Select(region =>
            {
                ComparisonCell cell = report.Scores.Of(one.Method.Name, region, null);
                string deviation = double.IsFinite(cell.DifferenceStandardDeviation)
                    ? $" ({Percent(cell.DifferenceStandardDeviation)})"
                    : "";
                return Tag("td", "g", Points(cell.MeanDifference) + deviation);
            })))));

    private static XElement Costs(ComparisonReport report)
    {
        return Tag(
            "table",
            "numbers",
            Tag("thead", null, Tag("tr", null, Tag("th", "l", Has("scope", "col"), "method"), ComparisonCosts.LongHeads.Select(head =>
                Tag("th", "g", Has("scope", "col"), head)))),
            Tag("tbody", null, report.Methods.Select(one => Tag(
                "tr",
                null,
                Tag("th", null, Has("scope", "row"), one.Method.Name),
                ComparisonCosts.Of(one).Select(cell => Tag("td", "g", cell))))));
    }

    private static XElement? Failures(ComparisonReport report)
    {
        (string CaseId, string Reason, string Methods)[] failures =
        [
            .. report.Methods
                .SelectMany(one => one.Report.Failures.Select(failure => (failure.CaseId, failure.Reason, one.Method.Name)))
                .Distinct()
                .GroupBy(failure => (failure.CaseId, failure.Reason))
                .Select(group => (group.Key.CaseId, group.Key.Reason, string.Join(", ", group.Select(failure => failure.Name)))),
        ];
        return failures.Length == 0 ? null : Section("Failures", "these are in no mean", Tag(
            "table",
            "reasons",
            Tag("tbody", null, failures.Select(failure => Tag(
                "tr",
                null,
                Tag("th", "l", Has("scope", "row"), failure.CaseId),
                Tag("td", "l", failure.Reason),
                Tag("td", "l", failure.Methods))))));
    }

    private static ReportRegion Region(ScoredRegion region) => ReportRegion.All.First(one => one.Region == region);

    private static XElement Fact(string name, string value) => Tag("div", null, Tag("dt", null, name), Tag("dd", null, value));

    private static XElement Section(string title, string subtitle, params object?[] content) =>
        Tag("section", null, Tag("h2", null, title), Tag("p", "sub", subtitle), content);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
