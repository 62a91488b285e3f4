namespace Smml.MLNet;

/// <summary>The regions of a report: the three of BraTS, and the enhancing tumour after the field's post-processing rule.</summary>
public enum ScoredRegion
{
    /// <summary>Whole tumour.</summary>
    WholeTumor,

    /// <summary>Tumour core.</summary>
    TumorCore,

    /// <summary>Enhancing tumour.</summary>
    EnhancingTumor,

    /// <summary>Enhancing tumour, where a prediction of fewer than 500 voxels counts as none. The rule touches this score only.</summary>
    EnhancingTumorPostprocessed,
}

/// <summary>What a scored region is made of.</summary>
internal static class ScoredRegions
{
    extension(ScoredRegion region)
    {
        /// <summary>The region of the label convention.</summary>
        public TumorRegion Classes => region switch
        {
            ScoredRegion.WholeTumor => TumorRegion.WholeTumor,
            ScoredRegion.TumorCore => TumorRegion.TumorCore,
            _ => TumorRegion.EnhancingTumor,
        };
    }
}

/// <summary>The Dice coefficient of the regions of one case, as the released evaluation computes it.</summary>
public static class DiceScore
{
    private const double Epsilon = 1e-8;

    /// <summary>(2 |A and B| + 1e-8) / (|A| + |B| + 1e-8): 1 where both are empty, almost 0 where exactly one is.</summary>
    /// <param name="predicted">The class of each voxel.</param>
    /// <param name="truth">The class of each voxel, the same order.</param>
    /// <param name="convention">Which classes make up the regions.</param>
    /// <param name="region">The region.</param>
    /// <param name="minimumEnhancingVoxels">The rule of <see cref="ScoredRegion.EnhancingTumorPostprocessed"/>.</param>
    /// <exception cref="ArgumentException">The numbers of voxels differ, or the convention has no class for the region (BRATS 2012 has no enhancing tumour):
    /// two empty regions would score 1.</exception>
    public static double Compute(ReadOnlySpan<byte> predicted, ReadOnlySpan<byte> truth, LabelConvention convention, ScoredRegion region, int minimumEnhancingVoxels = 500)
    {
        ArgumentNullException.ThrowIfNull(convention);
        if (predicted.Length != truth.Length)
            throw new ArgumentException($"The prediction has {predicted.Length} voxels, the truth {truth.Length}: they must be on one grid.", nameof(predicted));
        if (!convention.Has(region.Classes))
            throw new ArgumentException($"The convention {convention} has no class for {region.Classes} ({string.Join(", ", convention.ClassNames)}). Score the regions that it has.", nameof(region));
        Span<bool> member = stackalloc bool[convention.ClassCount];
        for (int k = 0; k < member.Length; k++)
            member[k] = convention.IsIn(region.Classes, k);

        long both = 0, inPrediction = 0, inTruth = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            bool p = member[predicted[i]], t = member[truth[i]];
            both += p && t ? 1 : 0;
            inPrediction += p ? 1 : 0;
            inTruth += t ? 1 : 0;
        }

        if (region == ScoredRegion.EnhancingTumorPostprocessed && inPrediction < minimumEnhancingVoxels)
            (both, inPrediction) = (0, 0);
        return ((2 * both) + Epsilon) / (inPrediction + inTruth + Epsilon);
    }
}
