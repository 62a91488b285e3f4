using System.Globalization;
using Microsoft.ML;
using Smml.MLNet.Cases;
using Smml.MLNet.Inference;
using Smml.MLNet.Persistence;

namespace Smml.MLNet.Benchmarks.Scoring;

/// <summary>How the agreement of the branches, which knows no truth, relates to the Dice of the segmentation, which does: every case with
/// each of the 15 subsets of its scans.</summary>
internal static class UncertaintyStudy
{
    private static readonly double[] s_thresholds = [0.5, 0.6, 0.7, 0.8, 0.9];

    /// <summary>Prints a line a case and subset, rank correlations, and what thresholds of the review flag find.</summary>
    /// <param name="zip">A model with two branches.</param>
    /// <param name="folder">Cases with labels.</param>
    public static void Run(string zip, string folder)
    {
        MLContext ml = new(seed: 1);
        ITransformer model = ml.Model.Load(zip, out _);
        SegmentationEngine engine = ModelReader.Engine(model) ?? throw ModelReader.NoStage();
        CasePreparation preparation = new(ml, model, engine);
        List<Point> points = [];
        foreach (BraTSCase row in BraTSDataset.Find(folder))
        {
            LabelConvention convention = LabelConvention.FromName(row.LabelConvention);
            byte[] truth = convention.ToClasses(VolumeFile.Read(row.LabelPath));
            foreach (ModalitySet subset in ModalitySet.Subsets.Where(subset => subset.IsSubsetOf(row.Modalities)))
            {
                UncertainSegmentation found = engine.SegmentWithUncertainty(preparation.Scans(row, subset));
                byte[] classes = found.Segmentation.LabelConvention!.ToClasses(found.Segmentation);
                double dice = BranchAgreement.Regions.Average(region => DiceScore.Compute(classes, truth, convention, region));
                points.Add(new(
                    row.CaseId,
                    subset,
                    dice,
                    found.Agreement!.Score,
                    found.Agreement.MeanDisagreement,
                    found.Agreement.Dice[ScoredRegion.WholeTumor],
                    DiceScore.Compute(classes, truth, convention, ScoredRegion.WholeTumor)));
                Console.Out.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{row.CaseId},{subset},{dice:0.000},{points[^1].Agreement:0.000},{points[^1].Disagreement:0.0000},"
                    + $"{points[^1].WholeAgreement:0.000},{points[^1].WholeDice:0.000}"));
            }
        }

        Correlation("all subsets", points);
        Correlation("all scans", [.. points.Where(point => point.Subset == ModalitySet.All)]);
        foreach (double threshold in s_thresholds)
        {
            Point[] flagged = [.. points.Where(point => point.Agreement < threshold)],
                others = [.. points.Where(point => point.Agreement >= threshold)];
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"below {threshold:0.0}: {flagged.Length} of {points.Count} flagged, mean Dice {Mean(flagged):0.000}; "
                + $"not flagged {Mean(others):0.000}; "
                + $"of those with Dice below 0.5, {points.Count(point => point.Dice < 0.5 && point.Agreement < threshold)} of "
                + $"{points.Count(point => point.Dice < 0.5)} flagged"));
        }
    }

    private static void Correlation(string name, IReadOnlyList<Point> points) => Console.Out.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name}, {points.Count} segmentations: "
        + $"Spearman of mean Dice with agreement {Spearman(points, point => point.Agreement, point => point.Dice):0.00}, "
        + $"with mean disagreement {Spearman(points, point => point.Disagreement, point => point.Dice):0.00}; of whole-tumour Dice with "
        + $"whole-tumour agreement {Spearman(points, point => point.WholeAgreement, point => point.WholeDice):0.00}"));

    private static double Mean(IReadOnlyCollection<Point> points) => points.Count == 0 ? double.NaN : points.Average(point => point.Dice);

    private static double Spearman(IReadOnlyList<Point> points, Func<Point, double> first, Func<Point, double> second)
    {
        double[] a = Ranks(points.Select(first)), b = Ranks(points.Select(second));
        double meanA = a.Average(), meanB = b.Average();
        return a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Sum() / Math.Sqrt(
            a.Sum(x => (x - meanA) * (x - meanA)) * b.Sum(y => (y - meanB) * (y - meanB)));
    }

    // Equal values share the mean of their places.
    private static double[] Ranks(IEnumerable<double> values)
    {
        double[] all = [.. values];
        return [.. all.Select(value => all.Count(other => other < value) + ((all.Count(other => other == value) - 1) / 2.0))];
    }

    private sealed record Point(
        string CaseId, ModalitySet Subset, double Dice, double Agreement, double Disagreement, double WholeAgreement, double WholeDice);
}
