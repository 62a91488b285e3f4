using System.Buffers.Binary;
using System.IO.Compression;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Writes a volume as single-file NIfTI-1, little-endian, without extensions or free text.</summary>
internal static class NiftiWriter
{
    private const int ChunkVoxels = 1 << 15;

    public static void Write(Stream file, Volume volume, VoxelType type, bool compress)
    {
        Stream stream = compress ? new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true) : file;
        try
        {
            stream.Write(MakeHeader(volume.Grid, type));
            byte[] buffer = new byte[ChunkVoxels * type.ByteSize()];
            for (ReadOnlySpan<float> rest = volume.Voxels; !rest.IsEmpty;)
            {
                int count = Math.Min(ChunkVoxels, rest.Length);
                Span<byte> raw = buffer.AsSpan(0, count * type.ByteSize());
                VoxelEncoder.Encode(rest[..count], type, raw);
                stream.Write(raw);
                rest = rest[count..];
            }
        }
        finally
        {
            if (compress)
                stream.Dispose();
        }
    }

    private static byte[] MakeHeader(VolumeGrid grid, VoxelType type)
    {
        byte[] header = new byte[NiftiHeaderReader.FirstVoxelOffset];
        BinaryPrimitives.WriteInt32LittleEndian(header, NiftiHeaderReader.HeaderSize);
        header[38] = (byte)'r'; // "regular", which ANALYZE readers still ask for
        PutInt16(header, 40, 3, grid.Shape.X, grid.Shape.Y, grid.Shape.Z, 1, 1, 1, 1);
        PutInt16(header, 70, (int)type, type.ByteSize() * 8);
        (double x, double y, double z) = grid.Affine.Spacing;
        (double B, double C, double D, double Qfac)? q = NiftiAffine.ToQuaternion(grid.Affine);
        PutFloat(header, 76, q?.Qfac ?? 1, x, y, z, 1, 1, 1, 1);
        PutFloat(header, 108, NiftiHeaderReader.FirstVoxelOffset, 1, 0); // vox_offset, scl_slope, scl_inter
        header[123] = 2; // millimetres
        PutInt16(header, 252, q is null ? 0 : 1, 1); // qform_code, sform_code: scanner coordinates
        Affine a = grid.Affine;
        PutFloat(header, 256, q?.B ?? 0, q?.C ?? 0, q?.D ?? 0, a[0, 3], a[1, 3], a[2, 3]);
        PutFloat(header, 280, a.ToArray());
        "n+1\0"u8.CopyTo(header.AsSpan(344));
        return header;
    }

    private static void PutInt16(byte[] header, int offset, params ReadOnlySpan<int> values)
    {
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(offset + (2 * i)), checked((short)values[i]));
    }

    private static void PutFloat(byte[] header, int offset, params ReadOnlySpan<double> values)
    {
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(offset + (4 * i)), (float)values[i]);
    }
}
