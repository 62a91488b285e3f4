using System.Text.Json.Serialization;

namespace Smml.MLNet;

/// <summary>How far the two branches of a model agree about a case, without knowing the truth.</summary>
public sealed class BranchAgreement
{
    internal static readonly ScoredRegion[] Regions = [ScoredRegion.WholeTumor, ScoredRegion.TumorCore, ScoredRegion.EnhancingTumor];

    /// <summary>The Dice coefficient between the segmentations of the two branches, for each region that the model's labels have, 0 to 1; 1
    /// where both find nothing.</summary>
    public required IReadOnlyDictionary<ScoredRegion, double> Dice { get; init; }

    /// <summary>The mean, over the voxels in which the mean or a branch sees tumour, of the Jensen-Shannon divergence of the branches'
    /// probabilities, in bits, 0 to 1; 0 where there is none.</summary>
    public required double MeanDisagreement { get; init; }

    /// <summary>The mean of <see cref="Dice"/> over the regions, 0 to 1: the score that
    /// <see cref="ScoringOptions.ReviewBelow"/> looks at.</summary>
    [JsonIgnore]
    public double Score => Dice.Values.Average();

    /// <summary>Volume of each region that the labels have, in mL.</summary>
    internal static IReadOnlyDictionary<ScoredRegion, double> Millilitres(Volume segmentation)
    {
        LabelConvention convention = segmentation.LabelConvention!;
        byte[] classes = convention.ToClasses(segmentation);
        return Regions
            .Where(region => convention.Has(region.Classes))
            .ToDictionary(region => region, region => SegmentationMetrics.Millilitres(classes, convention, region, segmentation.Grid));
    }
}

/// <summary>What was found, and how sure.</summary>
/// <param name="Segmentation">The labels on the grid of the source files.</param>
/// <param name="Disagreement">The Jensen-Shannon divergence of the branches at each voxel in bits, 0 to 1, on the same grid.</param>
/// <param name="Agreement">What the case is judged by.</param>
internal sealed record UncertainSegmentation(Volume Segmentation, Volume? Disagreement, BranchAgreement? Agreement);
