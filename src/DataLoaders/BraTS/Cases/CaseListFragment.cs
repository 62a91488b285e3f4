using System.Xml.Linq;
using Smml.MLNet.Html;
using static Smml.MLNet.Html.Markup;
using static Smml.MLNet.Html.NotebookStyle;

namespace Smml.MLNet.Cases;

/// <summary>Shows a <see cref="BraTSCaseList"/> in a notebook: a table, else the same as text.</summary>
internal sealed class CaseListFormatterSource() : FormatterSource<BraTSCaseList>(CaseListFragment.Write, cases => cases.ToTable());

/// <summary>One row per case: circles for its scans and its label.</summary>
internal static class CaseListFragment
{
    private const int MostRows = 40;

    public static string Write(BraTSCaseList cases)
    {
        bool hasGrade = cases.Any(item => !string.IsNullOrEmpty(item.Grade));
        bool hasSeveralLayouts = cases.Select(item => item.Layout).Distinct().Skip(1).Any();
        return Fragment(
            Tag("p", null, Tag("b", null, cases.ToString())),
            cases.Count == 0 ? null : Tag("table", null,
                HeadRow(
                    Head("case", "l"),
                    ModalitySet.All.Select(modality => Head(modality.ToString())),
                    Head("label"),
                    hasGrade ? Head("grade") : null,
                    hasSeveralLayouts ? Head("layout", "l") : null),
                Tag("tbody", null, cases.Take(MostRows).Select(item => Tag("tr", null,
                    Tag("th", "l", Has("scope", "row"), item.CaseId),
                    ModalitySet.All.Select(modality => Circle(item.PathOf(modality))),
                    Circle(item.LabelPath),
                    hasGrade ? Tag("td", null, item.Grade) : null,
                    hasSeveralLayouts ? Tag("td", "l", item.Layout) : null))),
                Tag("tfoot", null, Tag("tr", null,
                    Tag("th", "l", Has("scope", "row"), cases.Count > MostRows
                        ? FormattableString.Invariant($"all {cases.Count}, {cases.Count - MostRows} of them not shown")
                        : "all"),
                    ModalitySet.All.Select(modality => Tag("td", null, cases.Count(item => item.Modalities.Contains(modality)))),
                    Tag("td", null, cases.Count(item => !string.IsNullOrEmpty(item.LabelPath))),
                    hasGrade ? Tag("td", null) : null,
                    hasSeveralLayouts ? Tag("td", null) : null))));
    }

    private static XElement Circle(string? path) =>
        string.IsNullOrEmpty(path)
            ? Tag("td", null, Has("title", "missing"), Missing.ToString())
            : Tag("td", null, Has("title", Path.GetFileName(path)), Seen.ToString());
}
