using Smml.MLNet.Evaluation;

using Smml.MLNet.Metrics;

namespace Smml.MLNet;

/// <summary>Measures one region of one case. Definitions, sources and times are in <c>docs/metrics.md</c>.</summary>
public static class SegmentationMetrics
{
    /// <summary>The Dice coefficient, 0 to 1.</summary>
    public const string Dice = "Dice";

    /// <summary>The 95th percentile of the surface distances in mm.</summary>
    public const string Hd95 = "Hd95";

    /// <summary>The part of the true region that was found, 0 to 1.</summary>
    public const string Sensitivity = "Sensitivity";

    /// <summary>The part of the predicted region that is true, 0 to 1.</summary>
    public const string Precision = "Precision";

    /// <summary>The volume of the predicted region in mL.</summary>
    public const string PredictedVolume = "PredictedVolume";

    /// <summary>The volume of the true region in mL.</summary>
    public const string TrueVolume = "TrueVolume";

    /// <summary>The mean Dice coefficient of the lesions, 0 to 1.</summary>
    public const string LesionDice = "LesionDice";

    /// <summary>The mean HD95 of the lesions in mm.</summary>
    public const string LesionHd95 = "LesionHd95";

    private const double CubicMillimetresPerMillilitre = 1000;

    /// <summary>The volume of a region in mL.</summary>
    internal static double Millilitres(ReadOnlySpan<byte> classes, LabelConvention convention, ScoredRegion region, VolumeGrid grid)
    {
        bool[] member = RegionCounts.Members(convention, region);
        long voxels = 0;
        foreach (byte one in classes)
            voxels += member[one] ? 1 : 0;
        return Millilitres(voxels, grid);
    }

    /// <summary>The metrics that the options ask for, Dice first; each is named by a constant of this class.</summary>
    /// <param name="predicted">The class of each voxel, first axis fastest.</param>
    /// <param name="truth">The class of each voxel, the same order.</param>
    /// <param name="convention">Which classes make up the regions.</param>
    /// <param name="region">The region. Its rule for small predictions applies to every metric.</param>
    /// <param name="grid">Shape and affine of the volume. Distances take the lengths of the voxels and so suppose axes at right angles;
    /// volumes take the determinant.</param>
    /// <param name="options">Which metrics, and what empty regions score; null for the defaults.</param>
    /// <exception cref="ArgumentException">The numbers of voxels differ, the convention has no class for the
    /// region, or the options are out of range.</exception>
    public static IReadOnlyList<(string Metric, double Value)> Compute(
        ReadOnlySpan<byte> predicted,
        ReadOnlySpan<byte> truth,
        LabelConvention convention,
        ScoredRegion region,
        VolumeGrid grid,
        MetricOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(convention);
        ArgumentNullException.ThrowIfNull(grid);
        if (truth.Length != grid.Shape.Count)
            throw new ArgumentException(
                $"The truth has {truth.Length} voxels, the grid of {grid.Shape} has {grid.Shape.Count}.", nameof(truth));
        options ??= new();
        options.Validate();
        bool[] member = RegionCounts.Members(convention, region);
        RegionCounts counts = RegionCounts.Of(
            predicted, truth, grid.Shape, member, region == ScoredRegion.EnhancingTumorPostprocessed ? options.MinimumEnhancingVoxels : 0);
        EmptyRegion empty = options.EmptyRegion;
        bool isPredicted = counts.Predicted > 0, isTrue = counts.True > 0;

        List<(string Metric, double Value)> values =
        [
            (Dice, empty == EmptyRegion.Exclude && !isPredicted && !isTrue ? double.NaN : counts.Dice),
        ];
        if (options.Metrics.HasFlag(SegmentationMetric.Hd95))
            values.Add((Hd95, isPredicted && isTrue ? Distance(predicted, truth) : DistanceWhereEmpty(empty, isPredicted || isTrue)));
        if (options.Metrics.HasFlag(SegmentationMetric.Sensitivity))
            values.Add((Sensitivity, Part(counts.Both, counts.True, counts.Predicted, empty)));
        if (options.Metrics.HasFlag(SegmentationMetric.Precision))
            values.Add((Precision, Part(counts.Both, counts.Predicted, counts.True, empty)));
        if (options.Metrics.HasFlag(SegmentationMetric.Volume))
            values.AddRange([(PredictedVolume, Millilitres(counts.Predicted)), (TrueVolume, Millilitres(counts.True))]);
        if (options.Metrics.HasFlag(SegmentationMetric.LesionWise))
        {
            LesionWiseScore lesions = Lesions(predicted, truth);
            values.AddRange([(LesionDice, lesions.Dice), (LesionHd95, lesions.Hd95)]);
        }

        return values;

        double Millilitres(long voxels) => SegmentationMetrics.Millilitres(voxels, grid);

        double Distance(ReadOnlySpan<byte> p, ReadOnlySpan<byte> t)
        {
            (BinaryMask ofPredicted, BinaryMask ofTruth) = Cut(p, t, margin: 0);
            return SurfaceDistance.Hd95(ofPredicted, ofTruth, grid.Affine.Spacing);
        }

        LesionWiseScore Lesions(ReadOnlySpan<byte> p, ReadOnlySpan<byte> t)
        {
            (BinaryMask ofPredicted, BinaryMask ofTruth) = Cut(p, t, options.Lesions.DilationIterations);
            LesionWiseScore score = LesionWiseScore.Of(ofPredicted, ofTruth, grid, options.Lesions);
            return double.IsNaN(score.Dice) && empty != EmptyRegion.Exclude ? new(1, 0) : score;
        }

        (BinaryMask Predicted, BinaryMask True) Cut(ReadOnlySpan<byte> p, ReadOnlySpan<byte> t, int margin)
        {
            VoxelBox box = counts.Box.Grow(margin, grid.Shape);
            // A small prediction that counts as none may reach into the box of the truth.
            return (
                BinaryMask.Of(p, grid.Shape, box, counts.Predicted > 0 ? member : new bool[member.Length]),
                BinaryMask.Of(t, grid.Shape, box, member));
        }
    }

    private static double DistanceWhereEmpty(EmptyRegion empty, bool hasOne) => empty switch
    {
        EmptyRegion.Exclude => double.NaN,
        _ when !hasOne => 0,
        EmptyRegion.BraTSDiagonal => Math.Sqrt((240 * 240) + (240 * 240) + (155 * 155)),
        _ => 374,
    };

    // Without a whole, the part is not defined; BraTS takes 1 where there is nothing on either side.
    private static double Part(long both, long whole, long other, EmptyRegion empty) =>
        whole > 0 ? (double)both / whole : empty == EmptyRegion.Exclude ? double.NaN : other > 0 ? 0 : 1;

    private static double Millilitres(long voxels, VolumeGrid grid) => voxels * grid.VoxelVolume / CubicMillimetresPerMillilitre;
}
