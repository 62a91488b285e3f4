namespace Smml.MLNet.Phantom;

/// <summary>Stores a volume with other index axes: the same voxels at the same places in millimetres, in another order.</summary>
internal static class PhantomOrientation
{
    private const string Axes = "LPSRAI";

    /// <summary>Whether three letters name each axis once: L or R, P or A, S or I.</summary>
    public static bool IsValid(string? codes) => codes is { Length: 3 }
        && codes.All(code => Axes.Contains(code, StringComparison.Ordinal))
        && codes.Select(AxisOf).Distinct().Count() == 3;

    /// <summary>Turns the axes of a volume in LPS order.</summary>
    /// <param name="volume">A volume whose first index grows to the left, the second to posterior, the third to superior.</param>
    /// <param name="codes">The direction of each index of the result, for example <c>ASL</c>.</param>
    public static Volume Apply(Volume volume, string codes)
    {
        if (codes == "LPS")
            return volume;
        int[] from = [.. codes.Select(AxisOf)];
        bool[] isFlipped = [.. codes.Select(code => Axes.IndexOf(code, StringComparison.Ordinal) > 2)];
        VolumeShape old = volume.Shape, shape = new(old[from[0]], old[from[1]], old[from[2]]);
        int[] strides = [1, old.X, old.X * old.Y];
        int start = 0;
        int[] first = new int[3], steps = new int[3];
        for (int axis = 0; axis < 3; axis++)
        {
            steps[axis] = isFlipped[axis] ? -strides[from[axis]] : strides[from[axis]];
            first[from[axis]] = isFlipped[axis] ? old[from[axis]] - 1 : 0;
            start += first[from[axis]] * strides[from[axis]];
        }

        ReadOnlySpan<float> source = volume.Voxels;
        float[] voxels = new float[source.Length];
        int target = 0;
        for (int z = 0; z < shape.Z; z++)
        {
            for (int y = 0; y < shape.Y; y++)
            {
                for (int x = 0; x < shape.X; x++)
                    voxels[target++] = source[start + (x * steps[0]) + (y * steps[1]) + (z * steps[2])];
            }
        }

        return new(new(shape, Turn(volume.Grid.Affine, from, isFlipped, first)), voxels) { LabelConvention = volume.LabelConvention };
    }

    private static Affine Turn(Affine affine, int[] from, bool[] isFlipped, int[] first)
    {
        (double x, double y, double z) = affine.Apply(first[0], first[1], first[2]);
        double[] origin = [x, y, z], rows = new double[12];
        for (int row = 0; row < 3; row++)
        {
            for (int column = 0; column < 3; column++)
                rows[(row * 4) + column] = (isFlipped[column] ? -1 : 1) * affine[row, from[column]];
            rows[(row * 4) + 3] = origin[row];
        }

        return new(rows);
    }

    private static int AxisOf(char code) => Axes.IndexOf(code, StringComparison.Ordinal) % 3;
}
