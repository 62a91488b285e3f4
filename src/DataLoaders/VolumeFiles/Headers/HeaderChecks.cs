namespace Smml.MLNet.VolumeFiles;

/// <summary>What must hold of a header of any format before memory is taken.</summary>
internal static class HeaderChecks
{
    /// <summary>The largest number of voxels that is read.</summary>
    public const long MaxVoxels = 1L << 28;

    /// <summary>The most bytes between header and voxels that are skipped: a header that claims more is damaged, or a compressed
    /// bomb.</summary>
    public const long MaxSkippedBytes = 64L << 20;

    /// <summary>No position in millimetres is larger: 1000 km, far beyond any scanner, and small enough for every later product.</summary>
    public const double MaxLength = 1e9;

    /// <summary>Checks sizes that begin with their number, as dim[0] to dim[7] of NIfTI do; the entries beyond that number may hold
    /// anything.</summary>
    /// <returns>The sizes, without trailing ones.</returns>
    /// <exception cref="VolumeFormatException">A size is below 1, or there are more voxels than <see cref="MaxVoxels"/>.</exception>
    public static int[] Dimensions(ReadOnlySpan<long> stored, string path)
    {
        long rank = stored[0];
        if (rank < 1 || rank >= stored.Length)
            throw Refuse(path, $"found {rank} dimensions, expected 1 to {stored.Length - 1}");
        int[] dimensions = new int[rank];
        Int128 voxels = 1;
        for (int axis = 0; axis < rank; axis++)
        {
            long size = stored[axis + 1];
            if (size < 1)
                throw Refuse(path, $"found the size {size} along axis {axis + 1}, expected at least 1");
            voxels *= Math.Min(size, int.MaxValue); // seven such factors need 217 bits: stop before that
            if (voxels > MaxVoxels)
                throw Refuse(path, $"found {string.Join('x', stored.Slice(1, (int)rank).ToArray())} voxels, expected at most {MaxVoxels} "
                    + "in all");
            dimensions[axis] = (int)size;
        }

        int count = (int)rank;
        while (count > 1 && dimensions[count - 1] == 1)
            count--;
        return dimensions[..count];
    }

    /// <summary>Refuses a header that announces more voxels than the file can hold.</summary>
    /// <param name="header">The header.</param>
    /// <param name="possible">The most bytes that the content of the voxels' file can have.</param>
    /// <param name="onDisk">The size of that file on disk, for the message.</param>
    /// <exception cref="VolumeFormatException">The voxels end behind the last possible byte.</exception>
    public static void Size(VolumeHeader header, Int128 possible, long onDisk)
    {
        Int128 claimed = (Int128)Math.Max(0, header.VoxelOffset) + header.VoxelBytes;
        if (claimed > possible)
        {
            throw new VolumeFormatException(
                $"{header.DataPath}: the header announces {string.Join('x', header.Dimensions)} voxels of {header.DataType} "
                + $"({header.VoxelBytes} bytes from byte {header.VoxelOffset}), "
                + $"but the file has only {onDisk} bytes{(header.IsCompressed ? ", compressed" : "")}. It is cut short or damaged: "
                + "copy or download it again.");
        }
    }

    /// <summary>Whether an affine describes a volume.</summary>
    public static bool IsInvertible(Affine affine)
    {
        (double x, double y, double z) = affine.Spacing;
        return Math.Abs(affine.Determinant) > 1e-6 * x * y * z && affine.ToArray().All(value => Math.Abs(value) <= MaxLength);
    }

    /// <summary>The exception for a header that cannot be believed.</summary>
    public static VolumeFormatException Refuse(string path, string what) => new($"{path}: {what}. The header is damaged or unsupported: "
        + "export the file again.");
}
