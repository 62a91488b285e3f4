using System.Globalization;
using System.Text;

namespace Smml.MLNet.Comparison;

/// <summary>Writes a comparison as plain text.</summary>
internal static class ComparisonTable
{
    private const char Seen = '\u25CF';
    private const char Missing = '\u25CB';
    private const int RegionWidth = 13, CellWidth = 6;

    public static string Write(ComparisonReport report, int width)
    {
        StringBuilder text = new();
        int names = report.Methods.Max(one => one.Method.Name.Length) + 1;
        text.Append(
            CultureInfo.InvariantCulture,
            $"Mean Dice (%) over {Counted(report.HeldOutCases, "case")} that no method saw; "
            + $"{Seen} scan seen, {Missing} missing; * best, + second\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"Trained on {Counted(report.TrainingCases, "case")}{Folds(report)}, seed {report.Seed}; {report.Budget}\n\n");
        if (width >= RegionWidth + names + (CellWidth * (report.Scores.Subsets.Count + 1)))
            Wide(report, names, text);
        else
            Upright(report, text);
        text.Append('\n');
        Costs(report, names, text);
        text.Append('\n');
        Means(report, names, text);
        if (report.Methods.Count > 1)
        {
            text.Append('\n');
            Differences(report, names, text);
        }

        return text.Append("Research use only, never a diagnosis.").ToString();
    }

    /// <summary>In how many folds each case was held out, in words; nothing where there is one.</summary>
    public static string Folds(ComparisonReport report) => report.Folds == 1 ? ""
        : string.Create(CultureInfo.InvariantCulture, $" in each of {report.Folds} folds");

    private static void Wide(ComparisonReport report, int names, StringBuilder text)
    {
        ComparisonScores scores = report.Scores;
        foreach (Modality modality in ModalitySet.All)
        {
            text.Append(modality.ToString().PadRight(RegionWidth + names));
            foreach (ModalitySet subset in scores.Subsets)
                text.Append($"{(subset.Contains(modality) ? Seen : Missing)} ".PadLeft(CellWidth));
            text.Append(modality == Modality.T2 ? "Avg ".PadLeft(CellWidth) : "").Append('\n');
        }

        foreach (ScoredRegion region in scores.TableRegions)
        {
            string label = NameOf(region);
            foreach (ComparisonResult one in report.Methods)
            {
                text.Append(label.PadRight(RegionWidth)).Append(one.Method.Name.PadRight(names));
                foreach (ModalitySet? subset in scores.Subsets.Select(subset => (ModalitySet?)subset).Append(null))
                    text.Append(Marked(scores.Of(one.Method.Name, region, subset)).PadLeft(CellWidth));
                text.Append('\n');
                label = "";
            }
        }
    }

    private static void Upright(ComparisonReport report, StringBuilder text)
    {
        ComparisonScores scores = report.Scores;
        int[] widths = [.. report.Methods.Select(one => Math.Max(CellWidth, one.Method.Name.Length) + 1)];
        foreach (ScoredRegion region in scores.TableRegions)
        {
            text.Append(NameOf(region)).Append("\n F T1c T1 T2 ");
            for (int m = 0; m < widths.Length; m++)
                text.Append($"{report.Methods[m].Method.Name} ".PadLeft(widths[m] + 1));
            text.Append('\n');
            foreach (ModalitySet? subset in scores.Subsets.Select(subset => (ModalitySet?)subset).Append(null))
            {
                char Circle(Modality modality) => subset!.Value.Contains(modality) ? Seen : Missing;
                text.Append(subset is null
                    ? "         Avg "
                    : $" {Circle(Modality.Flair)}  {Circle(Modality.T1ce)}  {Circle(Modality.T1)}  {Circle(Modality.T2)} ");
                for (int m = 0; m < widths.Length; m++)
                    text.Append(Marked(scores.Of(report.Methods[m].Method.Name, region, subset)).PadLeft(widths[m] + 1));
                text.Append('\n');
            }
        }
    }

    private static void Costs(ComparisonReport report, int names, StringBuilder text)
    {
        IReadOnlyList<string> heads = ComparisonCosts.Heads;
        int[] widths = [12, 8, 10, 8, 8, 9, 9];
        text.Append("".PadRight(names));
        for (int i = 0; i < heads.Count; i++)
            text.Append(heads[i].PadLeft(widths[i]));
        text.Append('\n');
        foreach (ComparisonResult one in report.Methods)
        {
            string[] cells = [.. ComparisonCosts.Of(one)];
            text.Append(one.Method.Name.PadRight(names));
            for (int i = 0; i < cells.Length; i++)
                text.Append(cells[i].PadLeft(widths[i]));
            text.Append(one.IsKept ? "  (kept)" : "").Append('\n');
        }
    }

    private static void Means(ComparisonReport report, int names, StringBuilder text)
    {
        text.Append("Mean over subsets: mean and standard deviation over cases\n");
        Rows(report, report.Methods, names, text, cell => (Percent(cell.Mean), cell.StandardDeviation));
    }

    private static void Differences(ComparisonReport report, int names, StringBuilder text)
    {
        text.Append(
            CultureInfo.InvariantCulture,
            $"Paired difference to {report.Methods[0].Method.Name} in points of Dice, mean over subsets: "
            + $"mean and standard deviation over cases\n");
        Rows(report, report.Methods.Skip(1), names, text, cell => (Points(cell.MeanDifference), cell.DifferenceStandardDeviation));
    }

    // A line per method with a number and its deviation for each region.
    private static void Rows(
        ComparisonReport report,
        IEnumerable<ComparisonResult> methods,
        int names,
        StringBuilder text,
        Func<ComparisonCell, (string Value, double Deviation)> read)
    {
        foreach (ComparisonResult one in methods)
        {
            text.Append(one.Method.Name.PadRight(names));
            foreach (ScoredRegion region in report.Scores.TableRegions)
            {
                (string value, double deviation) = read(report.Scores.Of(one.Method.Name, region, null));
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"  {ShortNameOf(region)} {value}{(double.IsFinite(deviation) ? $" ({100 * deviation:0.0})" : "")}");
            }

            text.Append('\n');
        }
    }

    private static string Marked(ComparisonCell cell)
    {
        if (!double.IsFinite(cell.Mean))
            return "- ";
        string mark = cell.Rank switch { 1 => "*", 2 => "+", _ => " " };
        return Percent(cell.Mean) + mark;
    }

    private static string Percent(double mean) => !double.IsFinite(mean) ? "-"
        : mean >= 0.9995 ? "100" : (100 * mean).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Points(double difference) =>
        double.IsFinite(difference) ? (100 * difference).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) : "-";

    private static string Counted(int count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private static string NameOf(ScoredRegion region) => region switch
    {
        ScoredRegion.WholeTumor => "Whole tumour",
        ScoredRegion.TumorCore => "Tumour core",
        _ => "Enhancing",
    };

    private static string ShortNameOf(ScoredRegion region) => region switch
    {
        ScoredRegion.WholeTumor => "WT",
        ScoredRegion.TumorCore => "TC",
        _ => "ET",
    };
}
