using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using static Smml.MLNet.Html.Markup;

namespace Smml.MLNet.Html;

/// <summary>The chosen cases: what the expert drew, and beside it what the model found with all scans, without T1ce, and with the best and
/// the worst single scan.</summary>
internal static class PictureSection
{
    private static readonly string[] s_regionStyles = ["wt", "tc", "et"];

    /// <summary>Where the page shows a case.</summary>
    public static string IdOf(string caseId) =>
        "case-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(caseId)).AsSpan(0, 6));

    public static IEnumerable<XElement> Of(ReportScores scores, IReadOnlyList<CasePicture> pictures)
    {
        yield return Tag("p", "legend",
            ReportRegion.BraTS.Zip(s_regionStyles, (region, style) => Tag("span", null, Tag("i", "key " + style), region.Long)),
            Tag("span", null, Tag("i", "key expert"), "the expert's whole tumour and core, over what the model found"));
        string[] ranked = scores.Ranked();
        foreach (CasePicture picture in pictures)
            yield return Case(scores, picture, Array.IndexOf(ranked, picture.CaseId), ranked.Length);
    }

    /// <summary>The columns beside the expert's, where the case was scored so.</summary>
    internal static IReadOnlyList<(string Title, ModalitySet Subset)> Columns(ReportScores scores, CasePicture picture)
    {
        ModalitySet[] drawn = [.. ModalitySet.Subsets.Where(picture.Planes[0].Predictions.ContainsKey)];
        List<(string Title, ModalitySet Subset)> columns = [];
        void Add(string title, IEnumerable<ModalitySet> candidates)
        {
            ModalitySet subset = candidates.FirstOrDefault();
            if (subset.Count > 0 && columns.TrueForAll(column => column.Subset != subset))
                columns.Add((title, subset));
        }

        ModalitySet all = drawn[^1];
        double Score(ModalitySet subset) => scores.Of(picture.CaseId, subset);
        ModalitySet[] single = [.. drawn.Where(subset => subset.Count == 1).OrderByDescending(Score)];
        Add(all == ModalitySet.All ? "all four scans" : $"most scans: {all}", [all]);
        Add("without T1ce", drawn.Where(subset => subset == all.Except(ModalitySet.Of(Modality.T1ce))));
        Add("best single scan", single);
        Add("worst single scan", single.Reverse());
        return [.. columns.Select(column => (column.Subset.Count == 1 ? $"{column.Title}: {column.Subset}" : column.Title, column.Subset))];
    }

    private static XElement Case(ReportScores scores, CasePicture picture, int rank, int cases)
    {
        IReadOnlyList<(string Title, ModalitySet Subset)> columns = Columns(scores, picture);
        string prefix = IdOf(picture.CaseId);
        string place = rank == 0 ? "the worst case"
            : rank == cases - 1 ? "the best case"
            : FormattableString.Invariant($"place {cases - rank} of {cases}");
        return Tag("section", "case", Has("id", prefix),
            Tag(
                "h3",
                null,
                picture.CaseId,
                Tag(
                    "small",
                    null,
                    $" {place}, mean Dice {Percent(scores.Of(picture.CaseId, scores.Fullest(picture.CaseId)))} with all scans; "
                    + $"drawn over {picture.Scan}")),
            Tag("div", "tiles", Has("style", FormattableString.Invariant($"grid-template-columns:repeat({columns.Count + 1},1fr)")),
                Tag("div", "caption", Tag("b", null, "expert")),
                columns.Select(column => Tag("div", "caption",
                    Tag("b", null, column.Title), Tag("br", null),
                    string.Join("  ", ReportRegion.BraTS.Select(region =>
                        $"{region.Short}\u00A0"
                        + $"{Percent(scores.Of(picture.CaseId, SegmentationMetrics.Dice, region.Region, column.Subset))}")))),
                picture.Planes.Select((plane, row) => new[] { Expert(plane, picture, $"{prefix}-{row}") }.Concat(columns.Select(
                    column => Predicted(plane, picture, $"{prefix}-{row}", column.Subset))))));
    }

    private static XElement Expert(PlanePicture plane, CasePicture picture, string id) =>
        Tile($"{picture.CaseId}, {plane.Name}: the expert's outlines over {picture.Scan}",
            Tag(
                "image",
                null,
                Has("id", id),
                Has("width", PictureCollector.Side),
                Has("height", PictureCollector.Side),
                Has("href", "data:image/png;base64," + Convert.ToBase64String(plane.Png))),
            Lines(plane, plane.Truth, region => s_regionStyles[region]),
            Tag("text", null, Has("x", 6), Has("y", 16), plane.Name),
            Tag("text", null, Has("x", 6), Has("y", (PictureCollector.Side / 2) + 4), plane.LeftSide));

    private static XElement Predicted(PlanePicture plane, CasePicture picture, string id, ModalitySet subset) =>
        Tile($"{picture.CaseId}, {plane.Name}: found with {subset}, the expert's whole tumour and core dashed",
            Tag("use", null, Has("href", "#" + id)),
            Lines(plane, plane.Predictions[subset], region => s_regionStyles[region] + " found"),
            Lines(plane, plane.Truth[..2], _ => "halo"), // three nested lines on three others are unreadable
            Lines(plane, plane.Truth[..2], _ => "expert"));

    private static XElement Tile(string label, params XElement[] content) =>
        Tag(
            "svg",
            "tile",
            Has("viewBox", FormattableString.Invariant($"0 0 {PictureCollector.Side} {PictureCollector.Side}")),
            Has("role", "img"),
            Has("aria-label", label),
            content);

    private static XElement Lines(PlanePicture plane, string[] paths, Func<int, string> style)
    {
        (double left, double top, double width, double height) = plane.Placement;
        return Tag(
            "g",
            null,
            Has("transform", FormattableString.Invariant($"translate({left:0.###} {top:0.###}) scale({width:0.####} {height:0.####})")),
            paths.Select((path, region) => path.Length == 0 ? null : Tag("path", style(region), Has("d", path))));
    }
}
