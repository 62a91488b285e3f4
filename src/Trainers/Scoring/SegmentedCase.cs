namespace Smml.MLNet;

/// <summary>What <see cref="CaseSegmenter"/> found in a case. Research use only, never a diagnosis.</summary>
public sealed class SegmentedCase
{
    /// <summary>The case.</summary>
    public required string CaseId { get; init; }

    /// <summary>The scans that the model saw.</summary>
    public required ModalitySet Modalities { get; init; }

    /// <summary>The labels on the grid of the source files, in the label values of <see cref="Volume.LabelConvention"/>.</summary>
    public required Volume Segmentation { get; init; }

    /// <summary>The Jensen-Shannon divergence of the two networks at each voxel in bits, 0 to 1, on the same grid; null if it was not asked
    /// for.</summary>
    public Volume? Disagreement { get; init; }

    /// <summary>How far the two networks agree; null if it was not asked for.</summary>
    public BranchAgreement? Agreement { get; init; }

    /// <summary>Volume of each region that the model's labels have, in mL.</summary>
    public required IReadOnlyDictionary<ScoredRegion, double> Millilitres { get; init; }

    /// <summary>What is unusual about the scans.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Whether a person should look at the case: the networks agree less than a threshold, or no tumour was found.</summary>
    /// <param name="reviewBelow">The threshold for <see cref="BranchAgreement.Score"/>, 0 to 1; see
    /// <see cref="ScoringOptions.ReviewBelow"/>.</param>
    /// <returns>Null if the agreement was not asked for.</returns>
    public bool? NeedsReview(double reviewBelow = ScoringOptions.DefaultReviewBelow) =>
        Agreement is { } agreement ? ScoredCase.Needs(agreement.Score, Millilitres[ScoredRegion.WholeTumor], reviewBelow) : null;
}
