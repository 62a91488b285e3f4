using System.Globalization;
using System.Text;

namespace Smml.MLNet;

/// <summary>Writes an ablation as plain text in the layout of the paper's Table 4.</summary>
internal static class AblationTable
{
    private const char On = '\u25CF';
    private const char Off = '\u25CB';
    private const int CellWidth = 7;

    private static readonly ScoredRegion[] s_regions = [ScoredRegion.WholeTumor, ScoredRegion.TumorCore, ScoredRegion.EnhancingTumor];

    public static string Write(AblationReport report)
    {
        StringBuilder text = new();
        SegmentationScore[] scores = [.. report.Rows.SelectMany(one => one.Report.Scores)];
        int cases = scores.Select(score => score.CaseId).Distinct(StringComparer.Ordinal).Count(),
            subsets = scores.Select(score => score.Modalities).Distinct().Count();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"Mean Dice (%) over {cases} case{(cases == 1 ? "" : "s")} and {subsets} subset{(subsets == 1 ? "" : "s")} of the scans; "
            + $"{On} takes part, {Off} does not");
        text.Append(" dual PBC FRC SRN ");
        foreach (string name in new[] { "WT", "TC", "ET", "mean" })
            text.Append(name.PadLeft(CellWidth));
        text.AppendLine();
        foreach (AblationResult one in report.Rows)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"  {Circle(one.Row.IsDual)}    {Circle(one.Row.PixelConsistency)}   {Circle(one.Row.FeatureRelation)}   "
                + $"{Circle(one.Row.Refinement)}  ");
            double[] means = [.. s_regions.Select(region => one.Report.Mean(region))];
            foreach (double mean in means.Append(means.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average()))
                text.Append((double.IsNaN(mean) ? "-" : (100 * mean).ToString("0.0", CultureInfo.InvariantCulture)).PadLeft(CellWidth));
            text.AppendLine();
        }

        return text.Append("Research use only, never a diagnosis.").ToString();
    }

    private static char Circle(bool takesPart) => takesPart ? On : Off;
}
