using System.Numerics;

namespace Smml.MLNet.Phantom;

/// <summary>A separable Gaussian filter to three deviations, the edge voxels repeated.</summary>
internal static class GaussianBlur
{
    /// <summary>Filters in place.</summary>
    /// <param name="values">X * Y * Z values, first axis fastest.</param>
    /// <param name="scratch">As many values as <paramref name="values"/>; overwritten.</param>
    /// <param name="shape">X, Y, Z.</param>
    /// <param name="deviations">The deviation along each axis in voxels; below 0.2 the axis is left as it is.</param>
    /// <param name="parallel">How to run.</param>
    public static void Apply(float[] values, float[] scratch, VolumeShape shape, ReadOnlySpan<double> deviations, ParallelOptions parallel)
    {
        for (int axis = 0; axis < 3; axis++)
        {
            if (deviations[axis] >= 0.2)
            {
                values.CopyTo(scratch, 0);
                Along(scratch, values, shape, axis, Kernel(deviations[axis]), parallel);
            }
        }
    }

    private static float[] Kernel(double deviation)
    {
        int radius = (int)Math.Ceiling(3 * deviation);
        double[] weights = [.. Enumerable.Range(-radius, (2 * radius) + 1).Select(i => Math.Exp(-0.5 * i * i / (deviation * deviation)))];
        double sum = weights.Sum();
        return [.. weights.Select(weight => (float)(weight / sum))];
    }

    // Rows along x are contiguous, so every axis is a weighted sum of whole rows; along x the row is shifted instead.
    private static void Along(float[] source, float[] values, VolumeShape shape, int axis, float[] kernel, ParallelOptions parallel)
    {
        int width = shape.X, radius = kernel.Length / 2;
        Parallel.For(0, shape.Z, parallel, z =>
        {
            float[] padded = new float[width + (2 * radius)];
            for (int y = 0; y < shape.Y; y++)
            {
                Span<float> to = values.AsSpan(width * (y + (shape.Y * z)), width);
                if (axis == 0)
                    Pad(source.AsSpan(width * (y + (shape.Y * z)), width), padded, radius);
                to.Clear();
                for (int tap = 0; tap < kernel.Length; tap++)
                {
                    int fromY = axis == 1 ? Math.Clamp(y + tap - radius, 0, shape.Y - 1) : y,
                        fromZ = axis == 2 ? Math.Clamp(z + tap - radius, 0, shape.Z - 1) : z;
                    AddScaled(
                        to, axis == 0 ? padded.AsSpan(tap, width) : source.AsSpan(width * (fromY + (shape.Y * fromZ)), width), kernel[tap]);
                }
            }
        });
    }

    private static void Pad(ReadOnlySpan<float> row, Span<float> padded, int radius)
    {
        padded[..radius].Fill(row[0]);
        row.CopyTo(padded[radius..]);
        padded[(radius + row.Length)..].Fill(row[^1]);
    }

    private static void AddScaled(Span<float> to, ReadOnlySpan<float> from, float factor)
    {
        int i = 0;
        for (; i + Vector<float>.Count <= to.Length; i += Vector<float>.Count)
            (new Vector<float>(to[i..]) + (factor * new Vector<float>(from[i..]))).CopyTo(to[i..]);
        for (; i < to.Length; i++)
            to[i] += factor * from[i];
    }
}
