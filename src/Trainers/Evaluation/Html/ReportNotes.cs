using System.Globalization;
using System.Xml.Linq;
using static Smml.MLNet.Html.Markup;

namespace Smml.MLNet.Html;

/// <summary>How the numbers of a report are computed.</summary>
internal static class ReportNotes
{
    public static XElement Of(SegmentationReport report, ReportScores scores) => Tag("section", "notes",
        Tag("h2", null, "How to read this"),
        Tag("ul", null,
            Note("Dice", "twice the common voxels over the voxels of both."),
            Note($"Empty regions ({report.EmptyRegion})", report.EmptyRegion switch
            {
                EmptyRegion.Exclude => "what is not defined is left out of the means; a Dice of which one side is empty is 0.",
                EmptyRegion.BraTSDiagonal =>
                    "empty in truth and prediction: Dice 100, HD95 0; in exactly one of them: Dice 0, HD95 373.13 mm.",
                _ => "empty in truth and prediction: Dice 100, HD95 0; in exactly one of them: Dice 0, HD95 374 mm.",
            }),
            scores.Regions(SegmentationMetrics.Dice).Any(region => region.Region == ScoredRegion.EnhancingTumorPostprocessed)
                ? Note("ET*", string.Create(
                    CultureInfo.InvariantCulture,
                    $"a predicted enhancing tumour of fewer than {report.MinimumEnhancingVoxels} voxels counts as none. "
                    + $"The rule is one of 1 mm voxels, and touches this row only."))
                : null,
            Note("Avg", "the mean of the columns, each the mean over its cases. A case is scored only with sets of scans that it has."),
            report.LeftOut.Count > 0
                ? Note("Not evaluated", $"the model was not trained for {string.Join(", ", report.LeftOut)}.")
                : null,
            report.Protocol switch
            {
                EvaluationProtocol.Deployed => Note(
                    "Protocol Deployed",
                    "a missing scan is taken away before anything is read: crop box and z-score come from the scans that are left, "
                    + "as in a hospital that does not have it."),
                EvaluationProtocol.Paper => Note(
                    "Protocol Paper",
                    "all scans of the case are preprocessed together, and the networks see some of them, as in published tables."),
                _ => Note("Scans", "each case was scored before, with the scans that it has."),
            },
            Note(
                "Quartiles",
                "linear between ranks. Whiskers end at the farthest case within 1.5 times the height of the box; "
                + "points are the cases beyond."),
            report.Pictures.Count > 0
                ? Note(
                    "Pictures",
                    "R is the patient's right, A anterior. They are for a quick look at a result and no substitute for a viewer.")
                : null));

    private static XElement Note(string term, string text) => Tag("li", null, Tag("b", null, term), ": " + text);
}
