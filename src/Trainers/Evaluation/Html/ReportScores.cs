namespace Smml.MLNet.Html;

/// <summary>The scores of a report, found by metric, region and subset. A value that is not finite counts as not scored.</summary>
internal sealed class ReportScores
{
    private readonly Dictionary<(string Metric, ScoredRegion Region, ModalitySet Subset), List<double>> _values = [];
    private readonly Dictionary<(string CaseId, string Metric, ScoredRegion Region, ModalitySet Subset), double> _cases = [];
    private readonly Dictionary<string, ModalitySet> _fullest = [];

    public ReportScores(IEnumerable<SegmentationScore> scores)
    {
        HashSet<ModalitySet> subsets = [];
        HashSet<string> metrics = [];
        foreach (SegmentationScore score in scores)
        {
            if (metrics.Add(score.Metric))
                Metrics.Add(score.Metric);
            subsets.Add(score.Modalities);
            if (!_fullest.TryGetValue(score.CaseId, out ModalitySet fullest))
                CaseIds.Add(score.CaseId);
            if (score.Modalities.Count >= fullest.Count)
                _fullest[score.CaseId] = score.Modalities;
            if (!double.IsFinite(score.Value))
                continue;
            _cases[(score.CaseId, score.Metric, score.Region, score.Modalities)] = score.Value;
            if (!_values.TryGetValue((score.Metric, score.Region, score.Modalities), out List<double>? values))
                _values.Add((score.Metric, score.Region, score.Modalities), values = []);
            values.Add(score.Value);
        }

        Subsets = [.. ModalitySet.Subsets.Where(subsets.Contains)];
    }

    /// <summary>The metrics in the order of evaluation.</summary>
    public List<string> Metrics { get; } = [];

    /// <summary>The cases in the order of evaluation.</summary>
    public List<string> CaseIds { get; } = [];

    /// <summary>The subsets that were scored, in the order of Table 1.</summary>
    public IReadOnlyList<ModalitySet> Subsets { get; }

    /// <summary>The regions that have a score of a metric.</summary>
    public ReportRegion[] Regions(
        string metric) => [.. ReportRegion.All.Where(region => Subsets.Any(subset => Values(metric, region.Region, subset).Count > 0))];

    /// <summary>A value a case.</summary>
    public IReadOnlyList<double> Values(string metric, ScoredRegion region, ModalitySet subset) =>
        _values.TryGetValue((metric, region, subset), out List<double>? values) ? values : [];

    /// <summary>The mean over cases; NaN where there is none.</summary>
    public double Mean(string metric, ScoredRegion region, ModalitySet subset) => Average(Values(metric, region, subset));

    /// <summary>The mean over subsets of the mean over cases.</summary>
    public double Mean(string metric, ScoredRegion region) =>
        Average([.. Subsets.Select(subset => Mean(metric, region, subset)).Where(double.IsFinite)]);

    /// <summary>The score of a case; NaN where there is none.</summary>
    public double Of(string caseId, string metric, ScoredRegion region, ModalitySet subset) =>
        _cases.GetValueOrDefault((caseId, metric, region, subset), double.NaN);

    /// <summary>The mean Dice of a case over the three regions.</summary>
    public double Of(string caseId, ModalitySet subset) =>
        Average([
            .. ReportRegion.BraTS.Select(region => Of(caseId, SegmentationMetrics.Dice, region.Region, subset)).Where(double.IsFinite),
        ]);

    /// <summary>The largest set of scans that a case was scored with.</summary>
    public ModalitySet Fullest(string caseId) => _fullest[caseId];

    /// <summary>The cases by mean Dice with all their scans, worst first.</summary>
    public string[] Ranked() =>
        [.. CaseIds.OrderBy(caseId => Of(caseId, Fullest(caseId))).ThenBy(caseId => caseId, StringComparer.Ordinal)];

    private static double Average(IReadOnlyList<double> values) => values.Count == 0 ? double.NaN : values.Average();
}

/// <summary>How a region is named.</summary>
internal sealed record ReportRegion(ScoredRegion Region, string Short, string Long)
{
    public static IReadOnlyList<ReportRegion> All { get; } =
    [
        new(ScoredRegion.WholeTumor, "WT", "whole tumour"),
        new(ScoredRegion.TumorCore, "TC", "tumour core"),
        new(ScoredRegion.EnhancingTumor, "ET", "enhancing tumour"),
        new(ScoredRegion.EnhancingTumorPostprocessed, "ET*", "enhancing tumour, small ones dropped"),
    ];

    /// <summary>The three regions without the rule for small ones.</summary>
    public static IEnumerable<ReportRegion> BraTS => All.Take(3);
}
