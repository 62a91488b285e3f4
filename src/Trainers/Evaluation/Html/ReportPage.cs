using System.Globalization;
using System.Xml.Linq;
using Smml.MLNet.Cases;
using static Smml.MLNet.Html.Markup;

namespace Smml.MLNet.Html;

/// <summary>A report as one page. It loads nothing and runs nothing.</summary>
internal static class ReportPage
{
    /// <summary>The title of the page.</summary>
    public const string Title = "Segmentation report";

    private const string Notice = "Research use only, never a diagnosis.";
    private const int MostNames = 6; // what is odd about one case is often odd about all

    /// <summary>The page, well-formed as HTML and as XML.</summary>
    public static string Write(SegmentationReport report) => "<!DOCTYPE html>\n" + Markup.Write(Tag("html", null, Has("lang", "en"),
        Tag("head", null,
            Tag("meta", null, Has("charset", "utf-8")),
            Tag("meta", null, Has("name", "viewport"), Has("content", "width=device-width, initial-scale=1")),
            PageFile.Generator(),
            Tag("title", null, Title),
            Tag("style", null, ReportStyle.Page + ReportStyle.Article)),
        Tag("body", null, Article(report)))) + "\n";

    /// <summary>The same for a place in another page, as a notebook.</summary>
    public static string WriteFragment(SegmentationReport report) =>
        Markup.Write(Tag("div", null, Tag("style", null, ReportStyle.Article), Article(report)));

    private static XElement Article(SegmentationReport report)
    {
        ReportScores scores = new(report.Scores);
        return Tag("article", "smml",
            Tag("header", null, Tag("h1", null, "Brain tumour segmentation report"), Tag("p", "notice", Notice)),
            Facts(report, scores),
            Failures(report),
            scores.CaseIds.Count == 0 ? Section("Results", null, Tag("p", null, "No case was scored.")) : Results(report, scores),
            Warnings(report),
            Files(report),
            ReportNotes.Of(report, scores),
            Tag("footer", null, Notice));
    }

    private static IEnumerable<XElement> Results(SegmentationReport report, ReportScores scores)
    {
        if (scores.Metrics.Contains(SegmentationMetrics.Dice))
        {
            yield return Section(
                "Mean Dice",
                $"in percent, for each set of scans; {Seen} scan seen, {Missing} scan missing; darker is better",
                SubsetTable.Of(scores, SegmentationMetrics.Dice));
            if (MissingScans.CanCompare(scores))
                yield return Section(
                    "If a scan is missing",
                    $"mean Dice in percent with the scan {Seen} and without it {Missing}, the other scans the same",
                    MissingScans.Of(scores));
            yield return Section(
                "Spread over the cases",
                "Dice in percent; box: quartiles and median, whiskers: 1.5 times the box; fewer than five cases: points",
                scores.Regions(SegmentationMetrics.Dice)
                    .Select(region => Tag(
                        "figure", null, Tag("figcaption", null, $"{Capital(region.Long)} ({region.Short})"), BoxPlot.Of(scores, region))));
        }

        foreach (string metric in scores.Metrics.Where(metric => metric != SegmentationMetrics.Dice))
            yield return Metric(metric, SubsetTable.Of(scores, metric));
        if (report.Pictures.Count > 0)
            yield return Section(
                "Cases in pictures",
                "the slice of each plane with the most tumour in the expert's segmentation",
                PictureSection.Of(scores, report.Pictures));
        if (scores.Metrics.Contains(SegmentationMetrics.Dice))
            yield return Section(
                "Every case",
                "Dice in percent with all scans that the case was scored with, worst first",
                CaseTable.Of(scores, report.Pictures));
    }

    private static XElement Metric(string metric, IEnumerable<XElement> tables)
    {
        (string name, string unit) = metric switch
        {
            SegmentationMetrics.Hd95 => ("HD95", "in mm, lower is better"),
            SegmentationMetrics.LesionHd95 => ("lesion-wise HD95", "in mm, lower is better"),
            SegmentationMetrics.LesionDice => ("lesion-wise Dice", "in percent"),
            SegmentationMetrics.PredictedVolume => ("predicted volume", "in mL"),
            SegmentationMetrics.TrueVolume => ("true volume", "in mL"),
            SegmentationMetrics.Sensitivity or SegmentationMetrics.Precision => (metric.ToLowerInvariant(), "in percent"),
            _ => (metric, "in its own unit"),
        };
        return Section($"Mean {name}", $"{unit}, for each set of scans; cases without a value are left out", tables);
    }

    private static XElement Facts(SegmentationReport report, ReportScores scores)
    {
        int failed = report.Failures.Select(failure => failure.CaseId).Except(scores.CaseIds).Count();
        return Tag("section", "facts",
            Tag("dl", null,
                Fact("cases", Invariant($"{scores.CaseIds.Count} scored{(failed > 0 ? $", {failed} failed" : "")}")),
                Fact("sets of scans", Invariant($"{scores.Subsets.Count}")),
                report.Protocol is { } protocol ? Fact("protocol", protocol.ToString()) : null,
                report.EvaluatedAt is { } when
                    ? Fact("evaluated", when.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture))
                    : null,
                report.Engine is { } engine ? Fact("computed with", engine) : null,
                report.Model is { } model
                    ?
                    [
                        Fact("network", Invariant($"{model.Architecture.Name}, {model.WeightCount:#,0} weights")),
                        Fact(
                            "trained on",
                            Invariant($"{model.TrainingCases} cases{(model.DataDescription is { } data ? $", {data}" : "")}")),
                        Fact("training", Invariant($"{model.Training?.EpochsDone ?? model.Epochs} epochs, seed {model.Seed}")),
                        Fact("labels", model.LabelConvention),
                        Fact("weights SHA-256", model.WeightsSha256[..Math.Min(16, model.WeightsSha256.Length)] + "\u2026"),
                        Fact("Smml.MLNet", model.LibraryVersion),
                    ]
                    : Array.Empty<XElement>()),
            report.Model is null
                ? null
                : Tag("details", null, Tag("summary", null, "Model card"), Tag("pre", null, report.Model.ToModelCard())));
    }

    private static XElement Fact(string name, string value) => Tag("div", null, Tag("dt", null, name), Tag("dd", null, value));

    private static XElement? Failures(SegmentationReport report) =>
        report.Failures.Count == 0 ? null : Section("Failures", "these are in no mean",
            Tag("table", "reasons",
                Tag(
                    "thead",
                    null,
                    Tag(
                        "tr",
                        null,
                        Tag("th", "l", Has("scope", "col"), "case"),
                        Tag("th", null, Has("scope", "col"), "sets of scans"),
                        Tag("th", "l", Has("scope", "col"), "reason"))),
                Tag("tbody", null, report.Failures.GroupBy(failure => (failure.CaseId, failure.Reason)).Select(failure => Tag("tr", null,
                    Tag("th", "l", Has("scope", "row"), failure.Key.CaseId),
                    Tag("td", null, failure.Count()),
                    Tag("td", "l", failure.Key.Reason))))));

    private static XElement? Warnings(SegmentationReport report) =>
        report.Warnings.Count == 0 ? null : Section("Warnings", "odd, but scored",
            Tag("table", "reasons",
                Tag(
                    "thead",
                    null,
                    Tag("tr", null, Tag("th", "l", Has("scope", "col"), "warning"), Tag("th", "l", Has("scope", "col"), "cases"))),
                Tag("tbody", null, report.Warnings.GroupBy(warning => warning.Message).Select(group =>
                    Tag("tr", null, Tag("td", "l", group.Key), Tag("td", "l", Names([.. group.Select(warning => warning.CaseId)])))))));

    private static XElement? Files(SegmentationReport report)
    {
        (string Cases, string Files)[] used = [.. CaseFileText.Used(report.Cases)], unused = [.. CaseFileText.Unused(report.Cases)];
        return used.Length == 0 ? null : Section("Files", "which file was read as which scan; * is the name of the case",
            Tag("table", "reasons",
                Tag(
                    "thead",
                    null,
                    Tag("tr", null, Tag("th", "l", Has("scope", "col"), "files"), Tag("th", "l", Has("scope", "col"), "cases"))),
                Tag("tbody", null, used.Concat(unused.Select(line => (line.Cases, Files: $"not used: {line.Files}"))).Select(line =>
                    Tag("tr", null, Tag("td", "l", line.Files), Tag("td", "l", line.Cases))))));
    }

    private static string Names(string[] cases) =>
        string.Join(", ", cases.Take(MostNames)) + (cases.Length > MostNames ? Invariant($" and {cases.Length - MostNames} more") : "");

    private static XElement Section(string title, string? subtitle, params object?[] content) =>
        Tag("section", null, Tag("h2", null, title), subtitle is null ? null : Tag("p", "sub", subtitle), content);

    private static string Capital(string text) => string.Concat(text[..1].ToUpperInvariant(), text.AsSpan(1));

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
