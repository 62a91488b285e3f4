using System.Buffers.Binary;
using System.IO.Compression;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Writes volumes as single-file NIfTI, little-endian, without extensions or free text but the mark of what this library itself
/// made (<see cref="OriginMark"/>).</summary>
internal static class NiftiWriter
{
    private const int ChunkVoxels = 1 << 15;

    /// <summary>Whether a name asks for gzip.</summary>
    public static bool IsCompressedName(string path) => path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Checks what does not depend on the voxels.</summary>
    /// <exception cref="ArgumentException">The name, the volumes, the type or the format cannot be written.</exception>
    public static void Check(string path, IReadOnlyList<Volume> volumes, VoxelType type, VolumeFileFormat format)
    {
        ArgumentNullException.ThrowIfNull(volumes);
        if (!IsCompressedName(path) && !path.EndsWith(".nii", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"{path}: expected a name that ends in .nii or .nii.gz.", nameof(path));
        if (volumes.Count == 0)
            throw new ArgumentException($"{path}: found no volume, expected at least one.", nameof(volumes));
        if (format is not (VolumeFileFormat.Nifti1 or VolumeFileFormat.Nifti2))
            throw new ArgumentException(
                $"{path}: found the format {format}, expected {nameof(VolumeFileFormat.Nifti1)} or {nameof(VolumeFileFormat.Nifti2)}.",
                nameof(format));
        if (!Enum.IsDefined(type) || type.IsComplex())
            throw new ArgumentException($"{path}: found the voxel type {type}, expected a real one.", nameof(type));
        Volume first = volumes[0];
        if (volumes.FirstOrDefault(
            volume => volume.Shape != first.Shape || volume.Grid.Affine.CornerDistance(first.Grid.Affine, first.Shape) > 1e-3) is { } other)
            throw new ArgumentException(
                $"{path}: found volumes on different grids ({first} and {other}), expected one grid.", nameof(volumes));
        if (format == VolumeFileFormat.Nifti1
            && Math.Max(volumes.Count, Math.Max(first.Shape.X, Math.Max(first.Shape.Y, first.Shape.Z))) > short.MaxValue)
            throw new ArgumentException(
                $"{path}: found the shape {first.Shape}, expected at most {short.MaxValue} voxels along an axis (NIfTI-1). "
                + "Write it as NIfTI-2.",
                nameof(volumes));
    }

    public static void Write(Stream file, IReadOnlyList<Volume> volumes, VoxelType type, VolumeFileFormat format, bool compress)
    {
        Stream stream = compress ? new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true) : file;
        try
        {
            VolumeGrid grid = volumes[0].Grid;
            byte[] header =
                format == VolumeFileFormat.Nifti1 ? MakeHeader1(grid, volumes.Count, type) : MakeHeader2(grid, volumes.Count, type);
            OriginMark.Write(volumes[0], header);
            stream.Write(header);
            byte[] buffer = new byte[ChunkVoxels * type.ByteSize()];
            foreach (Volume volume in volumes)
            {
                for (ReadOnlySpan<float> rest = volume.Voxels; !rest.IsEmpty;)
                {
                    int count = Math.Min(ChunkVoxels, rest.Length);
                    Span<byte> raw = buffer.AsSpan(0, count * type.ByteSize());
                    VoxelEncoder.Encode(rest[..count], type, raw);
                    stream.Write(raw);
                    rest = rest[count..];
                }
            }
        }
        finally
        {
            if (compress)
                stream.Dispose();
        }
    }

    // The numbers are the byte offsets of nifti1.h; four bytes that announce no extension follow the header.
    private static byte[] MakeHeader1(VolumeGrid grid, int count, VoxelType type)
    {
        byte[] header = new byte[NiftiFields.HeaderSize1 + 4];
        BinaryPrimitives.WriteInt32LittleEndian(header, NiftiFields.HeaderSize1);
        header[38] = (byte)'r'; // "regular", which ANALYZE readers still ask for
        PutInt16(header, 40, count == 1 ? 3 : 4, grid.Shape.X, grid.Shape.Y, grid.Shape.Z, count, 1, 1, 1);
        PutInt16(header, 70, (int)type, type.ByteSize() * 8);
        (double x, double y, double z) = grid.Affine.Spacing;
        (double B, double C, double D, double Qfac)? q = NiftiAffine.ToQuaternion(grid.Affine);
        PutSingle(header, 76, q?.Qfac ?? 1, x, y, z, 1, 1, 1, 1);
        PutSingle(header, 108, header.Length, 1, 0); // vox_offset, scl_slope, scl_inter
        header[123] = 2; // millimetres
        PutInt16(header, 252, q is null ? 0 : 1, 1); // qform_code, sform_code: scanner coordinates
        Affine a = grid.Affine;
        PutSingle(header, 256, q?.B ?? 0, q?.C ?? 0, q?.D ?? 0, a[0, 3], a[1, 3], a[2, 3]);
        PutSingle(header, 280, a.ToArray());
        "n+1\0"u8.CopyTo(header.AsSpan(344));
        return header;
    }

    // The numbers are the byte offsets of nifti2.h.
    private static byte[] MakeHeader2(VolumeGrid grid, int count, VoxelType type)
    {
        byte[] header = new byte[NiftiFields.HeaderSize2 + 4];
        BinaryPrimitives.WriteInt32LittleEndian(header, NiftiFields.HeaderSize2);
        "n+2\0\r\n\u001a\n"u8.CopyTo(header.AsSpan(4));
        PutInt16(header, 12, (int)type, type.ByteSize() * 8);
        PutInt64(header, 16, count == 1 ? 3 : 4, grid.Shape.X, grid.Shape.Y, grid.Shape.Z, count, 1, 1, 1);
        (double x, double y, double z) = grid.Affine.Spacing;
        (double B, double C, double D, double Qfac)? q = NiftiAffine.ToQuaternion(grid.Affine);
        PutDouble(header, 104, q?.Qfac ?? 1, x, y, z, 1, 1, 1, 1);
        PutInt64(header, 168, header.Length);
        PutDouble(header, 176, 1, 0);
        PutInt32(header, 344, q is null ? 0 : 1, 1);
        Affine a = grid.Affine;
        PutDouble(header, 352, q?.B ?? 0, q?.C ?? 0, q?.D ?? 0, a[0, 3], a[1, 3], a[2, 3]);
        PutDouble(header, 400, a.ToArray());
        PutInt32(header, 500, 2);
        return header;
    }

    private static void PutInt16(byte[] header, int offset, params ReadOnlySpan<int> values)
    {
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(offset + (2 * i)), checked((short)values[i]));
    }

    private static void PutInt32(byte[] header, int offset, params ReadOnlySpan<int> values)
    {
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(offset + (4 * i)), values[i]);
    }

    private static void PutInt64(byte[] header, int offset, params ReadOnlySpan<long> values)
    {
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(offset + (8 * i)), values[i]);
    }

    private static void PutSingle(byte[] header, int offset, params ReadOnlySpan<double> values)
    {
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(offset + (4 * i)), (float)values[i]);
    }

    private static void PutDouble(byte[] header, int offset, params ReadOnlySpan<double> values)
    {
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteDoubleLittleEndian(header.AsSpan(offset + (8 * i)), values[i]);
    }
}
