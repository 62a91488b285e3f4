using System.Globalization;
using System.Xml.Linq;
using static Smml.MLNet.Html.Markup;

namespace Smml.MLNet.Html;

/// <summary>The spread of the cases with each subset, as a box each; fewer than five cases are shown as points.</summary>
internal static class BoxPlot
{
    private const int FewestForBox = 5;
    private const double Width = 1060, Left = 64, Right = 6, Top = 10, Plot = 170, FirstCircle = 18, CircleGap = 16;

    public static XElement Of(ReportScores scores, ReportRegion region)
    {
        double step = (Width - Left - Right) / Math.Max(1, scores.Subsets.Count),
            height = Top + Plot + FirstCircle + (ModalitySet.ModalityCount * CircleGap);
        return Tag(
            "svg",
            "boxes",
            Has("viewBox", $"0 0 {Number(Width)} {Number(height)}"),
            Has("role", "img"),
            Has("aria-label", Summary(scores, region)),
            Axis(),
            ModalitySet.All.Select(modality => Text(Left - 12, CircleY(modality) + 4, "end", modality.ToString())),
            scores.Subsets.Select((subset, at) => Column(scores, region, subset, Left + ((at + 0.5) * step), Math.Min(30, step * 0.5))));
    }

    private static double Y(double dice) => Top + (Plot * (1 - dice));

    private static double CircleY(Modality modality) => Top + Plot + FirstCircle + ((int)modality * CircleGap);

    private static IEnumerable<XElement> Axis()
    {
        for (int percent = 0; percent <= 100; percent += 20)
        {
            yield return Line(percent == 0 ? "axis" : "grid", Left, Y(percent / 100.0), Width - Right, Y(percent / 100.0));
            yield return Text(Left - 12, Y(percent / 100.0) + 4, "end", Number(percent));
        }
    }

    private static XElement Column(ReportScores scores, ReportRegion region, ModalitySet subset, double x, double width)
    {
        IReadOnlyList<double> values = scores.Values(SegmentationMetrics.Dice, region.Region, subset);
        return Tag("g", null,
            Tag("title", null, Describe(region, subset, values)),
            values.Count < FewestForBox
                ? values.Order().Select((value, i) => Point(x + ((i - ((values.Count - 1) / 2.0)) * 9), value))
                : Box(BoxStatistics.Of(values), x, width),
            ModalitySet.All.Select(modality => Tag(
                "circle", subset.Contains(modality) ? "seen" : "missing", Has("cx", x), Has("cy", CircleY(modality)), Has("r", 4.5))));
    }

    private static IEnumerable<XElement> Box(BoxStatistics box, double x, double width)
    {
        yield return Line("whisker", x, Y(box.High), x, Y(box.Third));
        yield return Line("whisker", x, Y(box.First), x, Y(box.Low));
        yield return Line("whisker", x - (width / 4), Y(box.High), x + (width / 4), Y(box.High));
        yield return Line("whisker", x - (width / 4), Y(box.Low), x + (width / 4), Y(box.Low));
        yield return Tag(
            "rect",
            "box",
            Has("x", x - (width / 2)),
            Has("y", Y(box.Third)),
            Has("width", width),
            Has("height", Math.Max(0.5, Y(box.First) - Y(box.Third))));
        yield return Line("median", x - (width / 2), Y(box.Median), x + (width / 2), Y(box.Median));
        foreach (double outlier in box.Outliers)
            yield return Point(x, outlier);
    }

    private static XElement Point(double x, double dice) => Tag("circle", "point", Has("cx", x), Has("cy", Y(dice)), Has("r", 3.5));

    private static XElement Line(string style, double x1, double y1, double x2, double y2) =>
        Tag("line", style, Has("x1", x1), Has("y1", y1), Has("x2", x2), Has("y2", y2));

    private static XElement Text(double x, double y, string anchor, string text) =>
        Tag("text", null, Has("x", x), Has("y", y), Has("text-anchor", anchor), text);

    private static string Summary(ReportScores scores, ReportRegion region)
    {
        IEnumerable<string> medians = scores.Subsets
            .Select(subset => (subset, values: scores.Values(SegmentationMetrics.Dice, region.Region, subset)))
            .Where(pair => pair.values.Count > 0)
            .Select(pair => $"{pair.subset} {Percent(BoxStatistics.Of(pair.values).Median)}");
        return $"Dice of the {region.Long} with each subset of the scans; medians in percent: {string.Join(", ", medians)}";
    }

    private static string Describe(ReportRegion region, ModalitySet subset, IReadOnlyList<double> values)
    {
        if (values.Count == 0)
            return $"{region.Short}, {subset}: not scored";
        if (values.Count < FewestForBox)
            return $"{region.Short}, {subset}: {string.Join(", ", values.Order().Select(Percent))}";
        BoxStatistics box = BoxStatistics.Of(values);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{region.Short}, {subset}: median {Percent(box.Median)}, quartiles {Percent(box.First)} and {Percent(box.Third)}, "
            + $"{values.Count} cases, lowest {Percent(values.Min())}");
    }
}
