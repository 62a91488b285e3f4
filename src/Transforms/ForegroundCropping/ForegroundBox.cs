using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>A half-open interval of voxels along one axis; it may reach outside the volume.</summary>
internal readonly record struct VoxelRange(int Start, int End)
{
    public int Length => End - Start;
}

/// <summary>The box to which the volumes of a row are cropped.</summary>
internal sealed record ForegroundBox(VoxelRange X, VoxelRange Y, VoxelRange Z)
{
    private const int ReferenceSize = 128;

    public VolumeShape Shape => new(X.Length, Y.Length, Z.Length);

    /// <summary>The box around every voxel that differs from the background in one of the scans.</summary>
    /// <param name="volumes">The case.</param>
    /// <param name="options">How the box is made of the outermost voxels.</param>
    /// <exception cref="InvalidDataException">No voxel differs from the background.</exception>
    public static ForegroundBox Find(VolumeSet volumes, CropForegroundOptions options)
    {
        Volume[] images = [.. volumes.Scans];
        VolumeShape shape = volumes.Shape;
        Bounds bounds = new();
        for (int z = 0, row = 0; z < shape.Z; z++)
        {
            for (int y = 0; y < shape.Y; y++, row += shape.X)
            {
                (int first, int last) = options.Fidelity == Fidelity.Reference
                    ? MaximumExtent(images, row, shape.X)
                    : Extent(images, row, shape.X);
                if (first >= 0)
                    bounds.Include(first, last, y, z);
            }
        }

        if (bounds.MaxX < 0)
            throw new InvalidDataException($"{string.Join(", ", images.Select(image => image.Source ?? "a scan"))}: "
                + "every voxel is background, expected tissue. Check that the files hold an image.");
        VoxelRange Range(int first, int last, int size) => options.Fidelity == Fidelity.Reference
            ? ReferenceRange(first, last, options.MinimumSize ?? ReferenceSize)
            : CorrectedRange(first, last, size, options.Margin, options.MinimumSize ?? 1);
        return new(
            Range(bounds.MinX, bounds.MaxX, shape.X), Range(bounds.MinY, bounds.MaxY, shape.Y), Range(bounds.MinZ, bounds.MaxZ, shape.Z));
    }

    /// <summary>From the first to the last voxel, both kept, with a margin and a least size; inside the axis wherever that is long
    /// enough.</summary>
    public static VoxelRange CorrectedRange(int first, int last, int axis, int margin, int minimum)
    {
        int start = Math.Max(0, first - margin), end = Math.Min(axis, last + 1 + margin);
        if (end - start >= minimum)
            return new(start, end);
        start -= (minimum - (end - start)) / 2;
        start = minimum <= axis ? Math.Clamp(start, 0, axis - minimum) : -((minimum - axis) / 2);
        return new(start, start + minimum);
    }

    /// <summary>The released code's range. Its end is the index of the last voxel, so that this plane is lost unless the range grows; a
    /// range that grows has the least size or one more; one that begins before the axis is shifted, one that ends behind it is
    /// not.</summary>
    /// <remarks>Behind the axis the released code delivers fewer planes and its later patch of 128 voxels fails; here the missing planes
    /// are background.</remarks>
    public static VoxelRange ReferenceRange(int first, int last, int minimum)
    {
        int start = first, end = last;
        if (end - start < minimum)
        {
            int grow = (minimum - (end - start)) / 2;
            end += grow + 1;
            start -= grow;
        }

        return start < 0 ? new(0, end - start) : new(start, end);
    }

    private static (int First, int Last) Extent(Volume[] images, int row, int length)
    {
        int first = -1, last = -1;
        foreach (Volume image in images)
        {
            ReadOnlySpan<float> line = image.Voxels.Slice(row, length);
            int start = line.IndexOfAnyExcept(image.Background);
            if (start < 0)
                continue;
            first = first < 0 ? start : Math.Min(first, start);
            last = Math.Max(last, line.LastIndexOfAnyExcept(image.Background));
        }

        return (first, last);
    }

    // The released code looks at the maximum over the modalities, in which 0 of one hides a negative voxel of another.
    private static (int First, int Last) MaximumExtent(Volume[] images, int row, int length)
    {
        int first = -1, last = -1;
        for (int x = row; x < row + length; x++)
        {
            float largest = images[0].Voxels[x];
            for (int i = 1; i < images.Length; i++)
                largest = Math.Max(largest, images[i].Voxels[x]);
            if (largest == 0)
                continue;
            first = first < 0 ? x - row : first;
            last = x - row;
        }

        return (first, last);
    }

    private sealed class Bounds
    {
        public int MinX { get; private set; } = int.MaxValue;

        public int MinY { get; private set; } = int.MaxValue;

        public int MinZ { get; private set; } = int.MaxValue;

        public int MaxX { get; private set; } = -1;

        public int MaxY { get; private set; } = -1;

        public int MaxZ { get; private set; } = -1;

        public void Include(int firstX, int lastX, int y, int z)
        {
            (MinX, MaxX) = (Math.Min(MinX, firstX), Math.Max(MaxX, lastX));
            (MinY, MaxY) = (Math.Min(MinY, y), Math.Max(MaxY, y));
            (MinZ, MaxZ) = (Math.Min(MinZ, z), Math.Max(MaxZ, z));
        }
    }
}
