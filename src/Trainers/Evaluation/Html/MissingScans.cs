using System.Xml.Linq;
using static Smml.MLNet.Html.Markup;

namespace Smml.MLNet.Html;

/// <summary>What a missing scan costs: mean Dice with it and without it, all other scans the same.</summary>
internal static class MissingScans
{
    private const double Width = 1060, Panel = 480, LabelWidth = 62, Axis = 98, RowHeight = 19, GroupGap = 14, Top = 30,
        DifferenceWidth = 54;

    private static readonly bool[] s_both = [true, false];

    /// <summary>The pairs of mean Dice with and without a scan: either from all four scans, or the means over
    /// every pair of subsets that differ in it.</summary>
    /// <returns>NaN where a subset was not scored.</returns>
    public static (double With, double Without) Compare(ReportScores scores, ScoredRegion region, Modality modality, bool fromAll)
    {
        (double With, double Without)[] pairs =
        [
            .. ModalitySet.Subsets
                .Where(subset => !subset.Contains(modality) && (!fromAll || subset.Count == ModalitySet.ModalityCount - 1))
                .Select(subset => (
                    scores.Mean(SegmentationMetrics.Dice, region, subset.With(modality)),
                    scores.Mean(SegmentationMetrics.Dice, region, subset)))
                .Where(pair => double.IsFinite(pair.Item1) && double.IsFinite(pair.Item2)),
        ];
        return pairs.Length == 0 ? (double.NaN, double.NaN) : (pairs.Average(pair => pair.With), pairs.Average(pair => pair.Without));
    }

    /// <summary>Whether there is a pair of subsets to compare.</summary>
    public static bool CanCompare(ReportScores scores) =>
        ModalitySet.All.Any(
            modality => scores.Subsets.Any(subset => !subset.Contains(modality) && scores.Subsets.Contains(subset.With(modality))));

    public static IEnumerable<XElement> Of(ReportScores scores)
    {
        ReportRegion[] regions = [.. ReportRegion.BraTS.Where(region => scores.Regions(SegmentationMetrics.Dice).Contains(region))];
        if (Headline(scores, regions) is { } headline)
            yield return Tag("p", "headline", headline);
        yield return Chart(scores, regions);
        yield return Numbers(scores, regions);
    }

    private static string? Headline(ReportScores scores, ReportRegion[] regions)
    {
        (Modality Modality, ReportRegion Region, double With, double Without)[] losses =
        [
            .. from modality in ModalitySet.All
               from region in regions
               let pair = Compare(scores, region.Region, modality, fromAll: true)
               where double.IsFinite(pair.With) && pair.With - pair.Without >= 0.0005
               orderby pair.With - pair.Without descending
               select (modality, region, pair.With, pair.Without),
        ];
        if (losses.Length == 0)
            return null;
        (Modality missed, ReportRegion most, double with, double without) = losses[0];
        string text = $"{missed} is missed most: without it the {most.Long} falls from {Percent(with)} to {Percent(without)}.";
        return missed == Modality.T1ce || !losses.Any(loss => loss.Modality == Modality.T1ce)
            ? text
            : $"{text} {Sentence(losses.First(loss => loss.Modality == Modality.T1ce))}";
    }

    private static string Sentence((Modality Modality, ReportRegion Region, double With, double Without) loss) =>
        $"Without {loss.Modality} the {loss.Region.Long} falls from {Percent(loss.With)} to {Percent(loss.Without)}.";

    private static XElement Chart(ReportScores scores, ReportRegion[] regions)
    {
        double group = (regions.Length * RowHeight) + GroupGap, height = Top + (ModalitySet.ModalityCount * group) + 18;
        return Tag(
            "svg",
            "missing-scans",
            Has("viewBox", $"0 0 {Number(Width)} {Number(height)}"),
            Has("role", "img"),
            Has("aria-label", "Mean Dice with and without each scan; the numbers are in the table below"),
            Half(0, "one scan missing of four", fromAll: true),
            Half(Width - Panel, "one scan missing, mean over every set of other scans", fromAll: false));

        XElement Half(double left, string title, bool fromAll)
        {
            double right = left + Panel - DifferenceWidth, bottom = Top + (ModalitySet.ModalityCount * group) - (GroupGap / 2);
            double X(double dice) => left + Axis + ((right - left - Axis) * dice);
            return Tag("g", null,
                Text(left, 12, "start", title, "panel"),
                Enumerable.Range(0, 6)
                    .SelectMany(tick => new[]
                    {
                        Line("grid", X(tick / 5.0), Top - 8, X(tick / 5.0), bottom),
                        Text(X(tick / 5.0), bottom + 14, "middle", Number(20 * tick), null),
                    }),
                ModalitySet.All.Select((modality, at) => Tag("g", null,
                    Text(left, Top + (at * group) + ((regions.Length - 1) * RowHeight / 2) + 8, "start", modality.ToString(), "name"),
                    regions.Select((region, row) => Dumbbell(
                        modality,
                        region,
                        X,
                        left + LabelWidth,
                        right + DifferenceWidth,
                        Top + (at * group) + (row * RowHeight) + 4,
                        Compare(scores, region.Region, modality, fromAll))))));
        }
    }

    private static XElement Dumbbell(
        Modality modality,
        ReportRegion region,
        Func<double, double> x,
        double label,
        double right,
        double y,
        (double With, double Without) pair) =>
        Tag("g", null,
            Tag("title", null, $"{region.Short}: {Percent(pair.With)} with {modality}, {Percent(pair.Without)} without"),
            Text(label, y + 4, "start", region.Short, null),
            double.IsFinite(pair.With)
                ?
                [
                    Line("bar", x(pair.Without), y, x(pair.With), y),
                    Tag("circle", "missing", Has("cx", x(pair.Without)), Has("cy", y), Has("r", 5)),
                    Tag("circle", "seen", Has("cx", x(pair.With)), Has("cy", y), Has("r", 5)),
                ]
                : Array.Empty<XElement>(),
            Text(right, y + 4, "end", Points(pair.Without - pair.With), "difference"));

    private static XElement Numbers(ReportScores scores, ReportRegion[] regions) => Tag("details", null,
        Tag("summary", null, "The numbers"),
        Tag("div", "scroll", Tag("table", "numbers",
            Tag("thead", null,
                Tag(
                    "tr",
                    null,
                    Tag("td", null),
                    Tag("th", "g", Has("colspan", 3 * regions.Length), "one scan missing of four"),
                    Tag("th", "g", Has("colspan", 3 * regions.Length), "mean over every set of other scans")),
                Tag(
                    "tr",
                    null,
                    Tag("td", null),
                    Enumerable.Range(0, 2).SelectMany(_ => regions.Select(region => Tag("th", "g", Has("colspan", 3), region.Short)))),
                Tag(
                    "tr",
                    null,
                    Tag("td", null),
                    Enumerable.Range(0, 2 * regions.Length)
                        .SelectMany(_ => new[] { Tag("th", "g", "with"), Tag("th", null, "without"), Tag("th", null, "diff.") }))),
            Tag("tbody", null, ModalitySet.All.Select(modality => Tag("tr", null,
                Tag("th", null, Has("scope", "row"), modality.ToString()),
                s_both.SelectMany(fromAll => regions.SelectMany(region =>
                {
                    (double with, double without) = Compare(scores, region.Region, modality, fromAll);
                    return new[]
                    {
                        Tag("td", "g", Percent(with)),
                        Tag("td", null, Percent(without)),
                        Tag("td", "b", Points(without - with)),
                    };
                }))))))));

    private static XElement Line(string style, double x1, double y1, double x2, double y2) =>
        Tag("line", style, Has("x1", x1), Has("y1", y1), Has("x2", x2), Has("y2", y2));

    private static XElement Text(double x, double y, string anchor, string text, string? style) =>
        Tag("text", style, Has("x", x), Has("y", y), Has("text-anchor", anchor), text);
}
