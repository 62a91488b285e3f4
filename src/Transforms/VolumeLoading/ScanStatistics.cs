using System.Numerics;
using System.Runtime.InteropServices;

namespace Smml.MLNet;

/// <summary>The numbers of a scan that the checks look at.</summary>
internal sealed class ScanStatistics
{
    /// <summary>The largest 16-bit value, at which a scanner or a converter cuts intensities off.</summary>
    public const float Saturation = short.MaxValue;

    private ScanStatistics()
    {
    }

    /// <summary>The value of the voxels around the tissue.</summary>
    public required float Background { get; init; }

    /// <summary>Voxels that differ from the background.</summary>
    public required long Tissue { get; init; }

    /// <summary>Voxels that are NaN or infinite.</summary>
    public required long NotFinite { get; init; }

    /// <summary>Voxels of <see cref="Saturation"/>.</summary>
    public required long Saturated { get; init; }

    /// <summary>The share of the volume that differs from the background, 0 to 1.</summary>
    public required double Fraction { get; init; }

    public static ScanStatistics Of(Volume scan)
    {
        float background = FindBackground(scan);
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(scan.Voxels);
        Vector<int> empty = default, finite = default, full = default; // a comparison is -1 where it holds
        foreach (Vector<float> voxels in vectors)
        {
            empty -= Vector.Equals(voxels, new(background));
            finite -= Vector.LessThanOrEqual(Vector.Abs(voxels), new Vector<float>(float.MaxValue));
            full -= Vector.Equals(voxels, new(Saturation));
        }

        long outside = Vector.Sum(empty), sound = Vector.Sum(finite), saturated = Vector.Sum(full);
        foreach (float voxel in scan.Voxels[(vectors.Length * Vector<float>.Count)..])
        {
            outside += voxel == background ? 1 : 0;
            sound += float.IsFinite(voxel) ? 1 : 0;
            saturated += voxel == Saturation ? 1 : 0;
        }

        long all = scan.Voxels.Length;
        return new()
        {
            Background = background,
            Tissue = all - outside,
            NotFinite = all - sound,
            Saturated = saturated,
            Fraction = (double)(all - outside) / all,
        };
    }

    /// <summary>How many voxels are tissue in both of two scans of one shape.</summary>
    public static long Common(Volume a, float aBackground, Volume b, float bBackground)
    {
        ReadOnlySpan<Vector<float>> first = MemoryMarshal.Cast<float, Vector<float>>(a.Voxels),
            second = MemoryMarshal.Cast<float, Vector<float>>(b.Voxels);
        Vector<int> empty = default;
        for (int i = 0; i < first.Length; i++)
            empty -= Vector.Equals(first[i], new(aBackground)) | Vector.Equals(second[i], new(bBackground));
        int done = first.Length * Vector<float>.Count;
        long common = done - Vector.Sum(empty);
        for (int i = done; i < a.Voxels.Length; i++)
            common += a.Voxels[i] != aBackground && b.Voxels[i] != bBackground ? 1 : 0;
        return common;
    }

    /// <summary>The values of a volume, ascending; null when there are more than a number of them or one is no whole number.</summary>
    public static float[]? WholeValues(Volume volume, int most)
    {
        List<float> values = [];
        ReadOnlySpan<float> rest = volume.Voxels;
        for (int at = 0; at >= 0; at = rest.IndexOfAnyExcept(values.ToArray()))
        {
            rest = rest[at..];
            if (values.Count == most || rest[0] != MathF.Round(rest[0]))
                return null;
            values.Add(rest[0]);
        }

        return [.. values.Order()];
    }

    // A skull-stripped scan is 0 around the brain. Where a tool has shifted or normalised it,
    // one other value fills most of the outer faces.
    private static float FindBackground(Volume scan)
    {
        VolumeShape shape = scan.Shape;
        float[] corners =
        [
            .. Enumerable.Range(0, 8)
                .Select(corner => scan[(corner & 1) * (shape.X - 1), ((corner >> 1) & 1) * (shape.Y - 1), (corner >> 2) * (shape.Z - 1)]),
        ];
        float value = corners.GroupBy(corner => corner).MaxBy(group => group.Count())!.Key;
        if (value == 0 || !float.IsFinite(value))
            return 0;
        long all = 0, same = 0;
        for (int z = 0; z < shape.Z; z++)
        {
            for (int y = 0; y < shape.Y; y++)
            {
                bool isFace = z == 0 || z == shape.Z - 1 || y == 0 || y == shape.Y - 1;
                for (int x = 0; x < shape.X; x += isFace || shape.X == 1 ? 1 : shape.X - 1)
                {
                    all++;
                    same += scan[x, y, z] == value ? 1 : 0;
                }
            }
        }

        return 2 * same > all ? value : 0;
    }
}
