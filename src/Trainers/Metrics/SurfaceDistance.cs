namespace Smml.MLNet.Metrics;

/// <summary>The 95th percentile of the distances between two surfaces, as MedPy's <c>hd95</c> defines it: the surface is the
/// region without its erosion by the 6-neighbourhood, distances go from voxel centre to the nearest voxel centre, and those
/// of both directions make one sample.</summary>
internal static class SurfaceDistance
{
    /// <summary>The distance in mm. Both regions have voxels.</summary>
    public static double Hd95(BinaryMask predicted, BinaryMask truth, (double X, double Y, double Z) spacing)
    {
        bool[] ofPredicted = predicted.Surface(), ofTruth = truth.Surface();
        List<double> squared = [];
        Add(squared, ofPredicted, DistanceTransform.Squared(ofTruth, truth.Shape, spacing));
        Add(squared, ofTruth, DistanceTransform.Squared(ofPredicted, truth.Shape, spacing));
        return Percentile(squared, 0.95);
    }

    /// <summary>The percentile between the two nearest of the sorted values by linear interpolation, numpy's default.
    /// It takes the squares of the values.</summary>
    internal static double Percentile(List<double> squared, double part)
    {
        squared.Sort();
        double position = part * (squared.Count - 1);
        int below = (int)position;
        double low = Math.Sqrt(squared[below]), high = Math.Sqrt(squared[Math.Min(below + 1, squared.Count - 1)]);
        return low + ((high - low) * (position - below));
    }

    private static void Add(List<double> squared, bool[] surface, double[] distances)
    {
        for (int i = 0; i < surface.Length; i++)
        {
            if (surface[i])
                squared.Add(distances[i]);
        }
    }
}
