using System.Globalization;
using System.Text;

namespace Smml.MLNet;

/// <summary>Writes a report as plain text in the layout of the paper's Table 1.</summary>
internal static class ReportTable
{
    private const char Seen = '\u25CF';
    private const char Missing = '\u25CB';
    private const int LabelWidth = 14;
    private const int CellWidth = 5;

    private static readonly (ScoredRegion Region, string Long, string Short)[] s_regions =
    [
        (ScoredRegion.WholeTumor, "Whole tumour", "WT"),
        (ScoredRegion.TumorCore, "Tumour core", "TC"),
        (ScoredRegion.EnhancingTumor, "Enhancing", "ET"),
        (ScoredRegion.EnhancingTumorPostprocessed, "Enhancing*", "ET*"),
    ];

    public static string Write(SegmentationReport report, int width)
    {
        HashSet<ModalitySet> scored = [.. report.Scores.Select(score => score.Modalities)];
        ModalitySet[] subsets = [.. ModalitySet.Subsets.Where(scored.Contains)];
        StringBuilder text = new();
        int cases = report.Scores.Select(score => score.CaseId).Distinct().Count();
        text.AppendLine(
            CultureInfo.InvariantCulture, $"Mean Dice (%) over {cases} case{(cases == 1 ? "" : "s")}; {Seen} scan seen, {Missing} missing");
        if (width >= LabelWidth + (CellWidth * 16))
            Wide(report, subsets, text);
        else
            Upright(report, subsets, text);
        text
            .AppendLine(
                CultureInfo.InvariantCulture,
                $"* a predicted enhancing tumour of fewer than {report.MinimumEnhancingVoxels} voxels counts as none")
            .Append("Research use only, never a diagnosis.");
        return text.ToString();
    }

    private static void Wide(SegmentationReport report, ModalitySet[] subsets, StringBuilder text)
    {
        foreach (Modality modality in ModalitySet.All)
        {
            text.Append(modality.ToString().PadRight(LabelWidth));
            foreach (ModalitySet subset in subsets)
                text.Append((subset.Contains(modality) ? Seen : Missing).ToString().PadLeft(CellWidth));
            text.AppendLine(modality == Modality.Flair ? "Avg".PadLeft(CellWidth) : "");
        }

        foreach ((ScoredRegion region, string name, _) in s_regions)
        {
            text.Append(name.PadRight(LabelWidth));
            foreach (ModalitySet subset in subsets)
                text.Append(Percent(report.Mean(region, subset)).PadLeft(CellWidth));
            text.AppendLine(Percent(report.Mean(region)).PadLeft(CellWidth));
        }
    }

    private static void Upright(SegmentationReport report, ModalitySet[] subsets, StringBuilder text)
    {
        text.Append(" F T1c T1 T2 ");
        foreach ((_, _, string name) in s_regions)
            text.Append(name.PadLeft(CellWidth + 1));
        text.AppendLine();
        foreach (ModalitySet subset in subsets)
        {
            char Circle(Modality modality) => subset.Contains(modality) ? Seen : Missing;
            text.Append(
                CultureInfo.InvariantCulture,
                $" {Circle(Modality.Flair)}  {Circle(Modality.T1ce)}  {Circle(Modality.T1)}  {Circle(Modality.T2)} ");
            Row(subset);
        }

        text.Append("         Avg ");
        Row(null);

        void Row(ModalitySet? subset)
        {
            foreach ((ScoredRegion region, _, _) in s_regions)
                text.Append(Percent(subset is { } one ? report.Mean(region, one) : report.Mean(region)).PadLeft(CellWidth + 1));
            text.AppendLine();
        }
    }

    private static string Percent(double dice) =>
        double.IsNaN(dice) ? "-" : dice >= 0.9995 ? "100" : (100 * dice).ToString("0.0", CultureInfo.InvariantCulture);
}
