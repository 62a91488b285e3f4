namespace Smml.MLNet;

/// <summary>Trilinear interpolation, one axis after the other.</summary>
internal static class LinearInterpolation
{
    /// <summary>The values of a scan at the voxel centres of a grid over the same field of view. Beyond the
    /// outer centres the outer value holds.</summary>
    public static float[] Resample(Volume image, VolumeShape shape)
    {
        VolumeShape now = image.Shape;
        ReadOnlySpan<float> voxels = image.Voxels;
        if (shape.X != now.X)
            voxels = Along(voxels, 1, now.X, shape.X);
        if (shape.Y != now.Y)
            voxels = Along(voxels, shape.X, now.Y, shape.Y);
        if (shape.Z != now.Z)
            voxels = Along(voxels, shape.X * shape.Y, now.Z, shape.Z);
        return voxels.ToArray();
    }

    // The axis has `length` values, each a run of `inner` neighbours; it gets `size` values.
    private static float[] Along(ReadOnlySpan<float> source, int inner, int length, int size)
    {
        (int Low, int High, float Weight)[] taps = Taps(length, size);
        float[] target = new float[checked(source.Length / length * size)];
        for (int from = 0, to = 0; from < source.Length; from += inner * length)
        {
            foreach ((int low, int high, float weight) in taps)
            {
                ReadOnlySpan<float> a = source.Slice(from + (low * inner), inner), b = source.Slice(from + (high * inner), inner);
                Span<float> line = target.AsSpan(to, inner);
                for (int i = 0; i < line.Length; i++)
                    line[i] = a[i] + ((b[i] - a[i]) * weight);
                to += inner;
            }
        }

        return target;
    }

    private static (int Low, int High, float Weight)[] Taps(int length, int size)
    {
        (int, int, float)[] taps = new (int, int, float)[size];
        for (int i = 0; i < size; i++)
        {
            double at = Math.Clamp((((i + 0.5) * length) / size) - 0.5, 0, length - 1);
            int low = (int)at;
            taps[i] = (low, Math.Min(low + 1, length - 1), (float)(at - low));
        }

        return taps;
    }
}
