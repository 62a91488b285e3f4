using Smml.MLNet.Metrics;

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
    /// <summary>(2 |A and B| + 1e-8) / (|A| + |B| + 1e-8): 1 where both are empty, almost 0 where exactly one is.</summary>
    /// <param name="predicted">The class of each voxel.</param>
    /// <param name="truth">The class of each voxel, the same order.</param>
    /// <param name="convention">Which classes make up the regions.</param>
    /// <param name="region">The region.</param>
    /// <param name="minimumEnhancingVoxels">The rule of <see cref="ScoredRegion.EnhancingTumorPostprocessed"/>.</param>
    /// <exception cref="ArgumentException">The numbers of voxels differ, or the convention has no class for the region (BRATS 2012 has no
    /// enhancing tumour): two empty regions would score 1.</exception>
    public static double Compute(
        ReadOnlySpan<byte> predicted,
        ReadOnlySpan<byte> truth,
        LabelConvention convention,
        ScoredRegion region,
        int minimumEnhancingVoxels = 500)
    {
        ArgumentNullException.ThrowIfNull(convention);
        bool[] member = RegionCounts.Members(convention, region);
        return RegionCounts.Of(
            predicted,
            truth,
            new(truth.Length, 1, 1),
            member,
            region == ScoredRegion.EnhancingTumorPostprocessed ? minimumEnhancingVoxels : 0).Dice;
    }
}
