namespace Smml.MLNet;

/// <summary>What is evaluated.</summary>
public sealed record EvaluationOptions : MetricOptions
{
    /// <summary>The modality subsets that every case is scored with; default the 15 of the paper's Table 1. A case is not scored with a subset that it does not have.</summary>
    public IReadOnlyList<ModalitySet> Subsets { get; init; } = ModalitySet.Subsets;

    /// <summary>How a missing scan is simulated; it is part of the report.</summary>
    public EvaluationProtocol Protocol { get; init; }

    /// <summary>How volumes are scored window by window; the defaults are the released code's.</summary>
    public SlidingWindowOptions Windows { get; init; } = new();

    /// <summary>Which of the cases; all by default. The work of several shards comes together in <see cref="RecordFolder"/>.</summary>
    public Shard Shard { get; init; }

    /// <summary>A folder that keeps what was found about each case, a file a case; null keeps nothing. An evaluation takes the cases that it holds from there, where model, options and the case's
    /// files are the same and the record's hash verifies, and scores the others: so it goes on after it was stopped, and brings shards together with the numbers that one process gives.</summary>
    public string? RecordFolder { get; init; }

    /// <summary>Whether cases are scored again that <see cref="RecordFolder"/> already holds.</summary>
    public bool Again { get; init; }

    /// <summary>Where relative label paths begin; null for the current folder.</summary>
    public string? RootDirectory { get; init; }

    /// <summary>Name of the column that the model adds.</summary>
    public string OutputColumnName { get; init; } = "Segmentation";

    /// <summary>How many cases <see cref="SegmentationReport.ToHtml"/> shows as pictures: 1 the worst, 2 the best too, 3 also the median, more in even steps between, by mean Dice with all
    /// scans of the case; default 0. Which cases those are is known at the end only, so small pictures of every case, some hundred kB each, are kept until then. Range 0 to 100.</summary>
    public int Pictures { get; init; }

    /// <summary>Told after each case and subset.</summary>
    public IProgress<EvaluationProgress>? Progress { get; init; }

    /// <summary>Ends the evaluation between two windows.</summary>
    public CancellationToken CancellationToken { get; init; }

    private protected override IEnumerable<string> OwnErrors()
    {
        if (Subsets is null || Subsets.Count == 0)
            yield return "Subsets is empty; name at least one, or leave the default of 15.";
        else if (Subsets.Any(subset => subset.Count == 0))
            yield return "Subsets holds the empty set; at least one modality is needed to segment.";
        if (!Enum.IsDefined(Protocol))
            yield return $"Protocol is {Protocol}; expected Deployed or Paper.";
        foreach (string error in Windows?.Errors() ?? ["Windows is null; leave the default."])
            yield return error;
        if (RecordFolder is { } folder && string.IsNullOrWhiteSpace(folder))
            yield return "RecordFolder is empty; expected a folder or null.";
        if (Pictures is < 0 or > 100)
            yield return $"Pictures is {Pictures}; expected 0 to 100.";
        if (string.IsNullOrEmpty(OutputColumnName))
            yield return "OutputColumnName is empty.";
    }
}

/// <summary>Where an evaluation stands.</summary>
/// <param name="Done">Passes done.</param>
/// <param name="Total">Passes in all.</param>
/// <param name="CaseId">The case of the last pass.</param>
/// <param name="Subset">Its modalities.</param>
public sealed record EvaluationProgress(int Done, int Total, string CaseId, ModalitySet Subset);
