namespace Smml.MLNet;

/// <summary>What is evaluated.</summary>
public sealed record EvaluationOptions : MetricOptions
{
    /// <summary>The subsets of the scans with which every case is scored. A case is not scored
    /// with a subset that it does not have.</summary>
    /// <value>At least one subset, none empty; default: the 15 of the paper's Table 1.</value>
    public IReadOnlyList<ModalitySet> Subsets { get; init; } = ModalitySet.Subsets;

    /// <summary>How a missing scan is simulated; it is part of the report.</summary>
    /// <value>Default <see cref="EvaluationProtocol.Deployed"/>.</value>
    public EvaluationProtocol Protocol { get; init; }

    /// <summary>How volumes are scored window by window.</summary>
    /// <value>Default: as the method was released.</value>
    public SlidingWindowOptions Windows { get; init; } = new();

    /// <summary>Which of the cases. The work of several shards comes together in <see cref="RecordFolder"/>.</summary>
    /// <value>Default: all cases.</value>
    public Shard Shard { get; init; }

    /// <summary>A folder that keeps what was found, one file per case. A case whose record has the same model, options and
    /// files, and verifies by its hash, is not scored again: so an evaluation goes on after it was stopped, and shards come
    /// together with the numbers of one process.</summary>
    /// <value>Default null: nothing is kept.</value>
    public string? RecordFolder { get; init; }

    /// <summary>Whether to score again the cases that <see cref="RecordFolder"/> already contains.</summary>
    /// <value>Default false.</value>
    public bool Again { get; init; }

    /// <summary>Where relative label paths begin.</summary>
    /// <value>Default null: the current folder.</value>
    public string? RootDirectory { get; init; }

    /// <summary>Name of the column that the model adds.</summary>
    /// <value>Default <c>Segmentation</c>.</value>
    public string OutputColumnName { get; init; } = "Segmentation";

    /// <summary>How many cases <see cref="SegmentationReport.ToHtml"/> shows as pictures: 1 the worst, 2 the best too, 3 also the median,
    /// more in even steps between, by mean Dice with all scans of the case. Which cases those are is known only at the end, so small
    /// pictures of every case, some hundred kB each, are kept until then.</summary>
    /// <value>0 to 100; default 0.</value>
    public int Pictures { get; init; }

    /// <summary>Receives a report after each case and subset.</summary>
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
