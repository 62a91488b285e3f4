using Smml.MLNet.VolumeFiles;

namespace Smml.MLNet;

/// <summary>Reads and writes single-file NIfTI-1 images (<c>.nii</c>, <c>.nii.gz</c>).</summary>
/// <remarks>
/// <para>The source is <c>nifti1.h</c>. Every scalar type, both byte orders, scaling, sform and qform are read; gzip is found by content, not by name.</para>
/// <para>A file is never believed: sizes are checked before memory is allocated, and a compressed file is proven against its checksum to the end.</para>
/// </remarks>
public static class VolumeFile
{
    /// <summary>The largest number of voxels that is read, 2^28 (1 GiB of <see cref="float"/>); 640 voxels along each axis fit.</summary>
    public const long MaxVoxels = 1L << 28;

    private const int ChunkBytes = 1 << 16;

    /// <summary>Reads a three-dimensional image; a file of one or two dimensions has size 1 along the others.</summary>
    /// <param name="path">A <c>.nii</c> or <c>.nii.gz</c> file.</param>
    /// <returns>The voxels as <see cref="float"/> (slope * x + intercept), in the order of the file; a NaN stays a NaN.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">The file is damaged, cut short, not NIfTI-1, too large, or holds more than one volume.</exception>
    public static Volume Read(string path)
    {
        using NiftiSource source = NiftiSource.Open(path);
        VolumeHeader header = source.Header;
        if (header.VolumeCount != 1)
        {
            throw new VolumeFormatException(
                $"{path}: found {header.VolumeCount} volumes in one file ({string.Join('x', header.Dimensions)}), expected one three-dimensional image. Split it into one file a modality first.");
        }

        source.SkipToVoxels();
        float[] voxels = GC.AllocateUninitializedArray<float>((int)header.Shape.Count);
        byte[] buffer = new byte[ChunkBytes];
        int size = header.DataType.ByteSize(), perChunk = ChunkBytes / size;
        for (int done = 0; done < voxels.Length; done += perChunk)
        {
            int count = Math.Min(perChunk, voxels.Length - done);
            Span<byte> raw = buffer.AsSpan(0, count * size);
            source.ReadVoxels(raw);
            VoxelDecoder.Decode(raw, header, voxels.AsSpan(done, count));
        }

        source.VerifyEnd();
        return new(header.Grid, voxels) { Source = path, Warnings = header.Warnings };
    }

    /// <summary>Reads the header only; the voxels are neither read nor proven.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">The header is damaged or not NIfTI-1, or announces more than the file can hold.</exception>
    public static VolumeHeader ReadHeader(string path)
    {
        using NiftiSource source = NiftiSource.Open(path);
        return source.Header;
    }

    /// <summary>Writes a volume; an existing file is replaced only when the new one is complete on disk.</summary>
    /// <param name="path">Where to; <c>.nii</c>, or <c>.nii.gz</c> to compress. The folder must exist.</param>
    /// <param name="volume">What; the grid is written as sform and, where its axes are perpendicular, as qform.</param>
    /// <param name="dataType">The type of the stored voxels; labels are <see cref="VoxelType.UInt8"/>.</param>
    /// <exception cref="ArgumentException">The name ends otherwise, an axis is longer than 32767, or a value does not fit the type.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, Volume volume, VoxelType dataType = VoxelType.Float32)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(volume);
        bool compress = path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase);
        if (!compress && !path.EndsWith(".nii", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"{path}: expected a name that ends in .nii or .nii.gz.", nameof(path));
        if (Math.Max(volume.Shape.X, Math.Max(volume.Shape.Y, volume.Shape.Z)) > short.MaxValue)
            throw new ArgumentException($"{path}: found the shape {volume.Shape}, expected at most {short.MaxValue} voxels along an axis (NIfTI-1).", nameof(volume));
        string full = Path.GetFullPath(path);
        string temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                NiftiWriter.Write(file, volume, dataType, compress);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch (ArgumentException e)
        {
            File.Delete(temporary);
            throw new ArgumentException($"{path}: {e.Message}", nameof(volume), e);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
