using System.Numerics;
using Smml.MLNet.Checksums;
using Smml.MLNet.Files;
using Smml.MLNet.VolumeFiles;

namespace Smml.MLNet;

/// <summary>Reads volume files (NIfTI-1, NIfTI-2, ANALYZE 7.5, MetaImage; gzip by content) and writes NIfTI.</summary>
/// <remarks>
/// <para>Sources: <c>nifti1.h</c>, <c>nifti2.h</c>, the MetaIO documentation. Every scalar type, both byte orders, scaling, sform and
/// qform, pairs and detached voxels are read.</para>
/// <para>Sizes are checked before memory is allocated, and compressed data are verified against their checksum and
/// length to the end.</para>
/// </remarks>
public static class VolumeFile
{
    /// <summary>The largest number of voxels that is read, 2^28 (1 GiB of <see cref="float"/>); 640 voxels along each axis fit.</summary>
    public const long MaxVoxels = HeaderChecks.MaxVoxels;

    private const int ChunkBytes = 1 << 16;

    /// <summary>Reads a three-dimensional image; a file of one or two dimensions has size 1 along the others.</summary>
    /// <param name="path">The file; of a pair either one. <c>name.nii.gz#2</c> is the third volume of a file that holds several.</param>
    /// <param name="orientationSource">Which of both a NIfTI file is placed by that has an sform and a qform:
    /// <see cref="OrientationSource.Sform"/> or <see cref="OrientationSource.Qform"/>. Null takes the sform, and refuses a file in which
    /// the two contradict each other about left and right, anterior and posterior, or superior and inferior.</param>
    /// <returns>The voxels as <see cref="float"/> (slope * x + intercept), in the order of the file; a NaN stays a NaN. Unusual properties
    /// are in <see cref="Volume.Warnings"/>.</returns>
    /// <exception cref="FileNotFoundException">There is no such file, or a second file that belongs to it is missing.</exception>
    /// <exception cref="VolumeFormatException">The file is damaged, cut short, of another format, too large, contradicts itself about its
    /// position, has no such volume, or holds several and none is named.</exception>
    public static Volume Read(string path, OrientationSource? orientationSource = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        VolumePath part = VolumePath.Parse(path);
        using VolumeSource source = VolumeOpener.Open(part.File, orientationSource);
        VolumeHeader header = source.Header;
        if (part.Index is null && header.VolumeCount != 1)
        {
            throw new VolumeFormatException(
                $"{path}: found {header.VolumeCount} volumes in one file ({string.Join('x', header.Dimensions)}), expected one "
                    + $"three-dimensional image. Name one of them, for example {VolumePath.Of(path, 0)}, or split the file.");
        }

        if (part.Index >= header.VolumeCount)
            throw new VolumeFormatException($"{part.File}: found {header.VolumeCount} volumes ({string.Join('x', header.Dimensions)}), "
                + $"expected more than {part.Index}. Correct the number behind '#', which counts from 0.");
        byte[] buffer = new byte[ChunkBytes];
        long skip = (part.Index ?? 0) * header.Shape.Count * header.DataType.ByteSize();
        for (; skip > 0; skip -= Math.Min(skip, buffer.Length))
            source.ReadVoxels(buffer.AsSpan(0, (int)Math.Min(skip, buffer.Length)));
        Volume volume = ReadVolume(source, path);
        source.VerifyEnd();
        return volume;
    }

    /// <summary>Reads every volume of a file, which is read once.</summary>
    /// <param name="path">The file; of a pair either one.</param>
    /// <param name="orientationSource">Which of both a NIfTI file is placed by that has an sform and a qform:
    /// <see cref="OrientationSource.Sform"/> or <see cref="OrientationSource.Qform"/>. Null takes the sform, and refuses a file in which
    /// the two contradict each other about left and right, anterior and posterior, or superior and inferior.</param>
    /// <returns>At least one volume; the dimensions beyond the third follow each other, the fourth fastest.</returns>
    /// <exception cref="FileNotFoundException">There is no such file, or a second file that belongs to it is missing.</exception>
    /// <exception cref="VolumeFormatException">The file is damaged, cut short, of another format, or too large.</exception>
    public static IReadOnlyList<Volume> ReadAll(string path, OrientationSource? orientationSource = null)
    {
        using VolumeSource source = VolumeOpener.Open(path, orientationSource);
        Volume[] volumes = new Volume[source.Header.VolumeCount];
        for (int i = 0; i < volumes.Length; i++)
            volumes[i] = ReadVolume(source, volumes.Length == 1 ? path : VolumePath.Of(path, i));
        source.VerifyEnd();
        return volumes;
    }

    /// <summary>Reads the voxels of all volumes of a file in double precision, in which whole numbers up to 2^53 are exact.</summary>
    /// <param name="path">The file; of a pair either one.</param>
    /// <param name="header">The header, whose warnings also cover the voxels.</param>
    /// <param name="orientationSource">Which of both a NIfTI file is placed by that has an sform and a qform:
    /// <see cref="OrientationSource.Sform"/> or <see cref="OrientationSource.Qform"/>. Null takes the sform, and refuses a file in which
    /// the two contradict each other about left and right, anterior and posterior, or superior and inferior.</param>
    /// <returns>slope * x + intercept of each voxel, first axis fastest.</returns>
    /// <exception cref="FileNotFoundException">There is no such file, or a second file that belongs to it is missing.</exception>
    /// <exception cref="VolumeFormatException">The file is damaged, cut short, of another format, or too large.</exception>
    public static double[] ReadValues(string path, out VolumeHeader header, OrientationSource? orientationSource = null)
    {
        using VolumeSource source = VolumeOpener.Open(path, orientationSource);
        header = source.Header;
        double[] values = new double[checked((int)(source.Header.Shape.Count * source.Header.VolumeCount))];
        Fill<double>(source, values);
        WarnOfNonFinite(source, header.DataType.IsFloating() || header.IsScaled ? values.Count(value => !double.IsFinite(value)) : 0);
        source.VerifyEnd();
        return values;
    }

    /// <summary>Reads the header only; the voxels are neither read nor verified, and the second file of a pair may be missing.</summary>
    /// <param name="path">The file; of a pair either one.</param>
    /// <param name="orientationSource">Which of both a NIfTI file is placed by that has an sform and a qform:
    /// <see cref="OrientationSource.Sform"/> or <see cref="OrientationSource.Qform"/>. Null takes the sform, and refuses a file in which
    /// the two contradict each other about left and right, anterior and posterior, or superior and inferior.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">The header is damaged or of another format, or announces more than the file can
    /// hold.</exception>
    public static VolumeHeader ReadHeader(string path, OrientationSource? orientationSource = null) =>
        VolumeOpener.ReadHeader(path, orientationSource);

    /// <summary>Writes a volume as NIfTI; an existing file is replaced only when the new one is complete on disk.</summary>
    /// <param name="path">Where to; <c>.nii</c>, or <c>.nii.gz</c> to compress. The folder must exist.</param>
    /// <param name="volume">What; the grid is written as sform and, where its axes are perpendicular, as qform. Nothing else of a source
    /// file is written. A segmentation of a model and a phantom carry a mark in the field descrip, by which they are recognised.</param>
    /// <param name="dataType">The type of the stored voxels; labels are <see cref="VoxelType.UInt8"/>.</param>
    /// <param name="format"><see cref="VolumeFileFormat.Nifti1"/> or <see cref="VolumeFileFormat.Nifti2"/>.</param>
    /// <exception cref="ArgumentException">The name ends otherwise, an axis is longer than 32767 in NIfTI-1, or a value does not fit the
    /// type.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(
        string path, Volume volume, VoxelType dataType = VoxelType.Float32, VolumeFileFormat format = VolumeFileFormat.Nifti1)
    {
        ArgumentNullException.ThrowIfNull(volume);
        WriteAll(path, [volume], dataType, format);
    }

    /// <summary>Writes volumes on one grid as one four-dimensional NIfTI file.</summary>
    /// <param name="path">Where to; <c>.nii</c>, or <c>.nii.gz</c> to compress. The folder must exist.</param>
    /// <param name="volumes">At least one volume.</param>
    /// <param name="dataType">The type of the stored voxels.</param>
    /// <param name="format"><see cref="VolumeFileFormat.Nifti1"/> or <see cref="VolumeFileFormat.Nifti2"/>.</param>
    /// <exception cref="ArgumentException">The volumes differ in shape or place, the name ends otherwise, an axis is too long, or a value
    /// does not fit the type.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteAll(
        string path,
        IReadOnlyList<Volume> volumes,
        VoxelType dataType = VoxelType.Float32,
        VolumeFileFormat format = VolumeFileFormat.Nifti1)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        WriteAll(path, volumes, dataType, format, written: null);
    }

    /// <summary>Writes a volume as NIfTI-1.</summary>
    /// <returns>The SHA-256 of the bytes that were written, also where another process has replaced the file since.</returns>
    internal static string WriteHashed(string path, Volume volume, VoxelType dataType)
    {
        string hash = "";
        WriteAll(path, [volume], dataType, VolumeFileFormat.Nifti1, written =>
        {
            written.Position = 0;
            hash = Sha256.HexOfStream(written);
        });
        return hash;
    }

    private static void WriteAll(
        string path, IReadOnlyList<Volume> volumes, VoxelType dataType, VolumeFileFormat format, Action<FileStream>? written)
    {
        NiftiWriter.Check(path, volumes, dataType, format);
        try
        {
            SafeFile.Replace(path, file =>
            {
                NiftiWriter.Write(file, volumes, dataType, format, compress: NiftiWriter.IsCompressedName(path));
                written?.Invoke(file);
            });
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"{path}: {e.Message}", nameof(volumes), e);
        }
    }

    private static Volume ReadVolume(VolumeSource source, string name)
    {
        VolumeHeader header = source.Header;
        float[] voxels = GC.AllocateUninitializedArray<float>((int)header.Shape.Count);
        Fill<float>(source, voxels);
        WarnOfNonFinite(source, header.DataType.IsFloating() || header.IsScaled ? VoxelDecoder.CountNonFinite(voxels) : 0);
        return new(header.Grid, voxels)
        {
            Source = name,
            Orientation = header.Orientation,
            Warnings = header.Warnings,
            FileWarnings = source.Warnings,
            Origin = header.Mark.Of(voxels),
        };
    }

    private static void WarnOfNonFinite(VolumeSource source, long count)
    {
        if (count > 0)
            source.Warn($"{count} voxels are NaN or infinite.");
    }

    private static void Fill<T>(VolumeSource source, Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        byte[] buffer = new byte[ChunkBytes];
        int size = source.Header.DataType.ByteSize(), perChunk = ChunkBytes / size;
        while (!values.IsEmpty)
        {
            int count = Math.Min(perChunk, values.Length);
            Span<byte> raw = buffer.AsSpan(0, count * size);
            source.ReadVoxels(raw);
            VoxelDecoder.Decode(raw, source.Header, values[..count]);
            values = values[count..];
        }
    }
}
