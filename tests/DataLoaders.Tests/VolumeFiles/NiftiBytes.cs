using System.Buffers.Binary;
using System.IO.Compression;

namespace Smml.MLNet.Tests.VolumeFiles;

/// <summary>Makes NIfTI-1 files byte by byte, independently of the library's writer, so that a
/// test can set any field to anything.</summary>
internal sealed class NiftiBytes
{
    private readonly byte[] _header = new byte[352];

    public NiftiBytes(int type = 4, bool bigEndian = false, params short[] dimensions)
    {
        BigEndian = bigEndian;
        short[] size = dimensions.Length == 0 ? [5, 4, 3] : dimensions;
        Int32(0, 348);
        Int16(40, [(short)size.Length, .. size]);
        Int16(70, (short)type, (short)(8 * Size(type)));
        Float(76, 1, 1, 1, 1);
        Float(108, 352, 1, 0);
        _header[123] = 2;
        Int16(252, 0, 1);
        Float(280, -1, 0, 0, 10, 0, -1, 0, 20, 0, 0, 1, -30);
        "n+1\0"u8.CopyTo(_header.AsSpan(344));
        Voxels = new byte[size.Aggregate(1, (a, b) => a * b) * Size(type)];
    }

    public bool BigEndian { get; }

    public byte[] Voxels { get; set; }

    public byte[] Extensions { get; set; } = [];

    public static int Size(int type) => type switch { 2 or 256 => 1, 4 or 512 => 2, 32 or 64 or 1024 or 1280 => 8, 1792 => 16, _ => 4 };

    public NiftiBytes Byte(int offset, byte value)
    {
        _header[offset] = value;
        return this;
    }

    public NiftiBytes Int16(int offset, params short[] values)
    {
        for (int i = 0; i < values.Length; i++)
            Put(_header.AsSpan(offset + (2 * i), 2), span => BinaryPrimitives.WriteInt16LittleEndian(span, values[i]));
        return this;
    }

    public NiftiBytes Int32(int offset, int value)
    {
        Put(_header.AsSpan(offset, 4), span => BinaryPrimitives.WriteInt32LittleEndian(span, value));
        return this;
    }

    public NiftiBytes Float(int offset, params float[] values)
    {
        for (int i = 0; i < values.Length; i++)
            Put(_header.AsSpan(offset + (4 * i), 4), span => BinaryPrimitives.WriteSingleLittleEndian(span, values[i]));
        return this;
    }

    /// <summary>Stores voxel i as <paramref name="bits"/>(i), little-endian bits of the type's size.</summary>
    public NiftiBytes Fill(int type, Func<int, long> bits)
    {
        int size = Size(type);
        Span<byte> eight = stackalloc byte[8];
        for (int i = 0; i < Voxels.Length / size; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(eight, bits(i));
            Span<byte> to = Voxels.AsSpan(i * size, size);
            eight[..size].CopyTo(to);
            if (BigEndian)
                to.Reverse();
        }

        return this;
    }

    public byte[] ToArray() => [.. _header, .. Extensions, .. Voxels];

    public byte[] ToGzip() => Gzip(ToArray());

    public static byte[] Gzip(ReadOnlySpan<byte> bytes, CompressionLevel level = CompressionLevel.Optimal)
    {
        using MemoryStream memory = new();
        using (GZipStream gzip = new(memory, level, leaveOpen: true))
            gzip.Write(bytes);
        return memory.ToArray();
    }

    public delegate void Store(Span<byte> span);

    private void Put(Span<byte> span, Store store)
    {
        store(span);
        if (BigEndian)
            span.Reverse();
    }
}
