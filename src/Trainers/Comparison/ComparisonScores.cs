namespace Smml.MLNet.Comparison;

/// <summary>The Dice of a method in a region with a subset of the scans, 0 to 1.</summary>
/// <param name="Method">The method's name.</param>
/// <param name="Region">The region.</param>
/// <param name="Subset">The scans; null for the mean over the subsets.</param>
/// <param name="Cases">How many cases have a value.</param>
/// <param name="Mean">The mean over cases; NaN if there is none.</param>
/// <param name="StandardDeviation">Over cases; NaN for fewer than two.</param>
/// <param name="Rank">1 for the best of the methods; equal means share a rank. 0 if there is no mean.</param>
/// <param name="MeanDifference">The mean of the cases' differences to the first method; NaN for the first method itself.</param>
/// <param name="DifferenceStandardDeviation">Of these differences; NaN for fewer than two.</param>
internal sealed record ComparisonCell(
    string Method,
    ScoredRegion Region,
    ModalitySet? Subset,
    int Cases,
    double Mean,
    double StandardDeviation,
    int Rank,
    double MeanDifference,
    double DifferenceStandardDeviation);

/// <summary>Means, spreads, ranks and paired differences of the methods' Dice.</summary>
internal sealed class ComparisonScores
{
    private readonly Dictionary<(string Method, ScoredRegion Region, ModalitySet? Subset), ComparisonCell> _cells = [];

    public ComparisonScores(IReadOnlyList<ComparisonResult> methods)
    {
        SegmentationScore[][] scores =
        [
            .. methods.Select(one =>
                one.Report.Scores.Where(score => score.Metric == SegmentationMetrics.Dice && double.IsFinite(score.Value)).ToArray()),
        ];
        Regions = [.. Enum.GetValues<ScoredRegion>().Where(region => scores.Any(own => own.Any(score => score.Region == region)))];
        Subsets = [.. ModalitySet.Subsets.Where(subset => scores.Any(own => own.Any(score => score.Modalities == subset)))];
        foreach (ScoredRegion region in Regions)
        {
            Dictionary<string, double>[][] bySubset =
            [
                .. Subsets.Select(subset => scores
                    .Select(own => own
                        .Where(score => score.Region == region && score.Modalities == subset)
                        .ToDictionary(score => score.CaseId, score => score.Value))
                    .ToArray()),
            ];
            for (int s = 0; s < Subsets.Count; s++)
                Add(methods, region, Subsets[s], bySubset[s], bySubset[s].Select(own => Average(own.Values)));

            // The mean over subsets: of the means over cases as in the paper's column, its spread over the means of each case.
            Dictionary<string, double>[] each = [.. methods.Select((_, m) => MeansPerCase([.. bySubset.Select(own => own[m])]))];
            IEnumerable<double> means = methods.Select(
                (_, m) => Average(bySubset.Select(own => Average(own[m].Values)).Where(double.IsFinite)));
            Add(methods, region, null, each, means);
        }
    }

    /// <summary>The regions that have a score, in the order of Table 1.</summary>
    public IReadOnlyList<ScoredRegion> Regions { get; }

    /// <summary>Those of the paper's Table 1: without the rule for small enhancing tumours, which the table of cells has too.</summary>
    public IReadOnlyList<ScoredRegion> TableRegions => [.. Regions.Where(region => region != ScoredRegion.EnhancingTumorPostprocessed)];

    /// <summary>The subsets that were scored, in the order of Table 1.</summary>
    public IReadOnlyList<ModalitySet> Subsets { get; }

    /// <summary>Every cell: region by region, subset by subset, method by method.</summary>
    public IEnumerable<ComparisonCell> Cells => _cells.Values;

    /// <summary>A cell; null for the mean over subsets.</summary>
    public ComparisonCell Of(string method, ScoredRegion region, ModalitySet? subset) => _cells[(method, region, subset)];

    private void Add(
        IReadOnlyList<ComparisonResult> methods,
        ScoredRegion region,
        ModalitySet? subset,
        Dictionary<string, double>[] values,
        IEnumerable<double> meansOfMethods)
    {
        double[] means = [.. meansOfMethods];
        for (int m = 0; m < methods.Count; m++)
        {
            double[] differences = m == 0
                ? []
                : [.. values[m].Where(pair => values[0].ContainsKey(pair.Key)).Select(pair => pair.Value - values[0][pair.Key])];
            string name = methods[m].Method.Name;
            _cells[(name, region, subset)] = new(
                name,
                region,
                subset,
                values[m].Count,
                means[m],
                Deviation(values[m].Values),
                double.IsFinite(means[m]) ? 1 + means.Count(other => other > means[m]) : 0,
                Average(differences),
                Deviation(differences));
        }
    }

    private static Dictionary<string, double> MeansPerCase(IReadOnlyList<Dictionary<string, double>> subsets) => subsets
        .SelectMany(own => own)
        .GroupBy(pair => pair.Key, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Average(pair => pair.Value));

    private static double Average(IEnumerable<double> values) => values.DefaultIfEmpty(double.NaN).Average();

    // With n - 1.
    private static double Deviation(IReadOnlyCollection<double> values)
    {
        if (values.Count < 2)
            return double.NaN;
        double mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
    }
}
