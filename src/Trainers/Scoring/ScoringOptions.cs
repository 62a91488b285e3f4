namespace Smml.MLNet;

/// <summary>How cases are segmented into a folder.</summary>
public sealed record ScoringOptions
{
    /// <summary>How volumes are scored window by window.</summary>
    /// <value>Default: as the method was released.</value>
    public SlidingWindowOptions Windows { get; init; } = new();

    /// <summary>Whether to measure how far the two networks of the model disagree: a map <c>&lt;CaseId&gt;_disagreement.nii.gz</c>
    /// (Jensen-Shannon divergence in bits, 0 to 1), and <see cref="ScoredCase.Agreement"/>. It takes hardly any time, and the segmentation
    /// is the same. Only models with two networks have it.</summary>
    /// <value>Default false.</value>
    public bool Uncertainty { get; init; }

    /// <summary>A case whose <see cref="BranchAgreement.Score"/> is lower needs a review by a person
    /// (<see cref="ScoredCase.NeedsReview"/>), and so does a case in which nothing was found, of which both networks may be sure and wrong.
    /// What the default finds on real and synthetic cases is in docs/scoring.md.</summary>
    /// <value>0 to 1; default 0.6.</value>
    public double ReviewBelow { get; init; } = DefaultReviewBelow;

    internal const double DefaultReviewBelow = 0.6;

    /// <summary>Which of the cases.</summary>
    /// <value>Default: all cases.</value>
    public Shard Shard { get; init; }

    /// <summary>Whether to segment again the cases that the folder already contains.</summary>
    /// <value>Default false.</value>
    public bool Again { get; init; }

    /// <summary>Receives a report when a case is computed; its files may not be written yet.</summary>
    public IProgress<ScoringProgress>? Progress { get; init; }

    /// <summary>Ends the work between two windows; cases that are done stay.</summary>
    public CancellationToken CancellationToken { get; init; }

    internal void Validate()
    {
        List<string> errors = [];
        if (Windows is null)
            errors.Add("Windows is null; leave the default.");
        else
            errors.AddRange(Windows.Errors());
        if (!(ReviewBelow is >= 0 and <= 1))
            errors.Add(FormattableString.Invariant($"ReviewBelow is {ReviewBelow}; expected 0 to 1."));
        if (errors.Count > 0)
            throw new ArgumentException("ScoringOptions: " + string.Join(' ', errors));
    }
}

/// <summary>Where a scoring stands.</summary>
/// <param name="Done">Cases done, those that failed and those that were done before included.</param>
/// <param name="Total">Cases of the shard.</param>
/// <param name="CaseId">The last case.</param>
/// <param name="WasDone">Whether it was done before.</param>
public sealed record ScoringProgress(int Done, int Total, string CaseId, bool WasDone);
