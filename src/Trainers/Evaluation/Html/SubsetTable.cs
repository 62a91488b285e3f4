using System.Globalization;
using System.Xml.Linq;
using static Smml.MLNet.Html.Markup;

namespace Smml.MLNet.Html;

/// <summary>The layout of the paper's Table 1: a column a subset, circles for its scans, a row a region.
/// On a narrow screen it stands upright.</summary>
internal static class SubsetTable
{
    // Darker is better, also in grey.
    private const int Shades = 9;

    private static readonly string[] s_counts = ["", "one scan", "two scans", "three scans", "four"];

    public static IEnumerable<XElement> Of(ReportScores scores, string metric)
    {
        ReportRegion[] regions = scores.Regions(metric);
        yield return Wide(scores, metric, regions);
        yield return Upright(scores, metric, regions);
    }

    /// <summary>Whether a metric is a share from 0 to 1, where 1 is best.</summary>
    public static bool IsShare(string metric) => metric is SegmentationMetrics.Dice
        or SegmentationMetrics.Sensitivity
        or SegmentationMetrics.Precision
        or SegmentationMetrics.LesionDice;

    private static XElement Wide(ReportScores scores, string metric, ReportRegion[] regions) => Tag("table", "wide",
        Tag("thead", null,
            Tag(
                "tr",
                "counts",
                Tag("td", null),
                scores.Subsets
                    .GroupBy(subset => subset.Count)
                    .Select(group => Tag("th", "g", Has("colspan", group.Count()), Has("scope", "colgroup"), Count(group))),
                Tag("td", "g")),
            ModalitySet.All.Select(modality => Tag("tr", "circles",
                Tag("th", null, Has("scope", "row"), modality.ToString()),
                scores.Subsets.Select((subset, at) => Circle(subset, modality, StartsGroup(scores, at))),
                modality == Modality.T2 ? Tag("th", "g avg", Has("scope", "col"), "Avg") : Tag("td", "g")))),
        Tag("tbody", null, regions.Select(region => Tag("tr", null,
            Tag("th", null, Has("scope", "row"), Has("title", region.Long), region.Short),
            scores.Subsets.Select((subset, at) => Cell(scores, metric, region, subset, StartsGroup(scores, at))),
            Value(metric, scores.Mean(metric, region.Region), $"{region.Short}, mean of {scores.Subsets.Count} subsets", "g avg")))));

    private static XElement Upright(ReportScores scores, string metric, ReportRegion[] regions) => Tag("table", "upright",
        Tag("thead", null, Tag("tr", null,
            ModalitySet.All.Select(modality => Tag("th", null, Has("scope", "col"), modality.ToString())),
            regions.Select(region => Tag("th", null, Has("scope", "col"), Has("title", region.Long), region.Short)))),
        Tag("tbody", null,
            scores.Subsets.Select((subset, at) => Tag("tr", StartsGroup(scores, at) ? "g" : null,
                ModalitySet.All.Select(modality => Circle(subset, modality, startsGroup: false)),
                regions.Select(region => Cell(scores, metric, region, subset, startsGroup: false)))),
            Tag("tr", "g", Tag("th", null, Has("scope", "row"), Has("colspan", ModalitySet.ModalityCount), "Avg"),
                regions.Select(region => Value(
                    metric, scores.Mean(metric, region.Region), $"{region.Short}, mean of {scores.Subsets.Count} subsets", "avg")))));

    private static string Count(IGrouping<int, ModalitySet> group) =>
        group.Count() == 1 && group.Key < ModalitySet.ModalityCount ? Invariant($"{group.Key}") : s_counts[group.Key];

    private static bool StartsGroup(ReportScores scores, int at) => at == 0 || scores.Subsets[at].Count != scores.Subsets[at - 1].Count;

    private static XElement Circle(ModalitySet subset, Modality modality, bool startsGroup) => Tag("td", startsGroup ? "c g" : "c",
        Has("title", subset.Contains(modality) ? $"{modality} seen" : $"{modality} missing"),
        subset.Contains(modality) ? Seen.ToString() : Missing.ToString());

    private static XElement Cell(ReportScores scores, string metric, ReportRegion region, ModalitySet subset, bool startsGroup)
    {
        int cases = scores.Values(metric, region.Region, subset).Count;
        return Value(
            metric,
            scores.Mean(metric, region.Region, subset),
            Invariant($"{region.Short} with {subset}: mean of {cases} case{(cases == 1 ? "" : "s")}"),
            startsGroup ? "g" : "");
    }

    private static XElement Value(string metric, double value, string title, string style)
    {
        if (!IsShare(metric))
            return Tag(
                "td",
                $"v {style}".TrimEnd(),
                Has("title", title),
                double.IsFinite(value) ? value.ToString("0.#", CultureInfo.InvariantCulture) : "\u2013");
        string shade = double.IsFinite(value) ? Invariant($" s{Math.Clamp((int)(value * Shades), 0, Shades - 1)}") : "";
        return Tag("td", $"v{shade} {style}".TrimEnd(), Has("title", title), Percent(value));
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
