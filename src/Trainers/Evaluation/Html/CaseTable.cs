using System.Xml.Linq;
using static Smml.MLNet.Html.Markup;

namespace Smml.MLNet.Html;

/// <summary>Every case with all scans that it has, worst first, and the subset that it does worst with.</summary>
internal static class CaseTable
{
    public static XElement Of(ReportScores scores, IReadOnlyList<CasePicture> pictures)
    {
        ReportRegion[] regions = scores.Regions(SegmentationMetrics.Dice);
        HashSet<string> shown = [.. pictures.Select(picture => picture.CaseId)];
        return Tag("table", "cases",
            Tag("thead", null, Tag("tr", null,
                Tag("th", "l", Has("scope", "col"), "case"),
                Tag("th", null, Has("scope", "col"), Has("title", "mean Dice of whole tumour, core and enhancing tumour"), "mean"),
                regions.Select(region => Tag("th", null, Has("scope", "col"), Has("title", region.Long), region.Short)),
                Tag("th", "l", Has("scope", "col"), "scans seen"),
                Tag("th", null, Has("scope", "col"), "worst mean"),
                Tag("th", "l", Has("scope", "col"), "with only"))),
            Tag("tbody", null, scores.Ranked().Select(caseId =>
            {
                ModalitySet all = scores.Fullest(caseId);
                ModalitySet worst = scores.Subsets
                    .Where(subset => double.IsFinite(scores.Of(caseId, subset)))
                    .DefaultIfEmpty(all)
                    .MinBy(subset => scores.Of(caseId, subset));
                return Tag("tr", null,
                    Tag(
                        "th",
                        "l",
                        Has("scope", "row"),
                        shown.Contains(caseId) ? Tag("a", null, Has("href", "#" + PictureSection.IdOf(caseId)), caseId) : caseId),
                    Tag("td", "b", Percent(scores.Of(caseId, all))),
                    regions.Select(region => Tag("td", null, Percent(scores.Of(caseId, SegmentationMetrics.Dice, region.Region, all)))),
                    Tag("td", "l circles", Has("title", all.ToString()), Circles(all)),
                    Tag("td", null, Percent(scores.Of(caseId, worst))),
                    Tag("td", "l", worst.ToString()));
            })));
    }

    private static string Circles(ModalitySet subset) =>
        string.Concat(ModalitySet.All.Select(modality => subset.Contains(modality) ? Seen : Missing));
}
