namespace Smml.MLNet.Metrics;

/// <summary>How many voxels of a region are in the prediction, in the truth and in both, and the box that holds them all.</summary>
internal readonly record struct RegionCounts(long Both, long Predicted, long True, VoxelBox Box)
{
    private const double Epsilon = 1e-8;

    /// <summary>(2 |A and B| + 1e-8) / (|A| + |B| + 1e-8).</summary>
    public double Dice => ((2 * Both) + Epsilon) / (Predicted + True + Epsilon);

    /// <summary>Which classes make up a region; the background makes up none.</summary>
    /// <exception cref="ArgumentException">The convention has no class for the region.</exception>
    public static bool[] Members(LabelConvention convention, ScoredRegion region) => convention.Has(region.Classes)
        ? [.. Enumerable.Range(0, convention.ClassCount).Select(k => convention.IsIn(region.Classes, k))]
        : throw new ArgumentException(
            $"The convention {convention} has no class for {region.Classes} ({string.Join(", ", convention.ClassNames)}). "
            + "Score the regions that it has.",
            nameof(region));

    /// <summary>Counts in one pass. A prediction of fewer than <paramref name="minimumPredicted"/> voxels counts as none.</summary>
    public static RegionCounts Of(
        ReadOnlySpan<byte> predicted, ReadOnlySpan<byte> truth, VolumeShape shape, ReadOnlySpan<bool> member, long minimumPredicted)
    {
        if (predicted.Length != truth.Length)
            throw new ArgumentException(
                $"The prediction has {predicted.Length} voxels, the truth {truth.Length}: they must be on one grid.", nameof(predicted));
        long both = 0, inPrediction = 0, inTruth = 0;
        VoxelBox boxOfPrediction = VoxelBox.Empty, boxOfTruth = VoxelBox.Empty;
        for (int row = 0, start = 0; start < truth.Length; row++, start += shape.X)
        {
            ReadOnlySpan<byte> p = predicted.Slice(start, shape.X), t = truth.Slice(start, shape.X);
            if (!p.ContainsAnyExcept((byte)0) && !t.ContainsAnyExcept((byte)0))
                continue;
            (int First, int After) inRowOfPrediction = (int.MaxValue, 0), inRowOfTruth = (int.MaxValue, 0);
            for (int x = 0; x < shape.X; x++)
            {
                bool isPredicted = member[p[x]], isTrue = member[t[x]];
                if (isPredicted)
                {
                    inPrediction++;
                    both += isTrue ? 1 : 0;
                    inRowOfPrediction = (Math.Min(inRowOfPrediction.First, x), x + 1);
                }

                if (isTrue)
                {
                    inTruth++;
                    inRowOfTruth = (Math.Min(inRowOfTruth.First, x), x + 1);
                }
            }

            (int y, int z) = (row % shape.Y, row / shape.Y);
            if (inRowOfPrediction.After > 0)
                boxOfPrediction = boxOfPrediction.Union(new(inRowOfPrediction.First, y, z, inRowOfPrediction.After, y + 1, z + 1));
            if (inRowOfTruth.After > 0)
                boxOfTruth = boxOfTruth.Union(new(inRowOfTruth.First, y, z, inRowOfTruth.After, y + 1, z + 1));
        }

        return inPrediction < minimumPredicted
            ? new(0, 0, inTruth, boxOfTruth)
            : new(both, inPrediction, inTruth, boxOfPrediction.Union(boxOfTruth));
    }
}
