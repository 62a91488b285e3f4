using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Smml.MLNet.Tests.Pictures;

/// <summary>Reads the PNGs that the library writes, checking every chunk.</summary>
internal sealed class PngImage
{
    private readonly byte[] _rows;

    private PngImage(int width, int height, byte[] rows)
    {
        Width = width;
        Height = height;
        _rows = rows;
    }

    public int Width { get; }

    public int Height { get; }

    public (byte R, byte G, byte B) this[int x, int y]
    {
        get
        {
            int i = (y * ((Width * 3) + 1)) + 1 + (x * 3);
            return (_rows[i], _rows[i + 1], _rows[i + 2]);
        }
    }

    public static PngImage Read(string path)
    {
        ReadOnlySpan<byte> file = File.ReadAllBytes(path);
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], file[..8].ToArray());
        Dictionary<string, byte[]> chunks = new(StringComparer.Ordinal);
        for (int at = 8; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file[at..]);
            string type = Encoding.ASCII.GetString(file.Slice(at + 4, 4));
            Assert.Equal(Crc32(file.Slice(at + 4, 4 + length)), BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + length)..]));
            chunks.Add(type, file.Slice(at + 8, length).ToArray());
            at += 12 + length;
        }

        Assert.Equal(["IHDR", "IDAT", "IEND"], chunks.Keys);
        Assert.Equal([8, 2, 0, 0, 0], chunks["IHDR"][8..]); // 8 bits, RGB, deflate, no filter method, not interlaced
        int width = BinaryPrimitives.ReadInt32BigEndian(chunks["IHDR"]),
            height = BinaryPrimitives.ReadInt32BigEndian(chunks["IHDR"].AsSpan(4));
        using ZLibStream zlib = new(new MemoryStream(chunks["IDAT"]), CompressionMode.Decompress);
        MemoryStream rows = new();
        zlib.CopyTo(rows);
        Assert.Equal(height * ((width * 3) + 1), rows.Length);
        return new(width, height, rows.ToArray());
    }

    /// <summary>How many pixels of a rectangle are coloured, not grey.</summary>
    public int CountColoured(int left, int top, int width, int height)
    {
        int count = 0;
        for (int y = top; y < top + height; y++)
        {
            for (int x = left; x < left + width; x++)
            {
                (byte r, byte g, byte b) = this[x, y];
                count += Math.Max(r, Math.Max(g, b)) - Math.Min(r, Math.Min(g, b)) > 40 ? 1 : 0;
            }
        }

        return count;
    }

    private static uint Crc32(ReadOnlySpan<byte> data)
    {
        uint state = uint.MaxValue;
        foreach (byte value in data)
        {
            state ^= value;
            for (int bit = 0; bit < 8; bit++)
                state = (state & 1) != 0 ? (state >> 1) ^ 0xEDB88320 : state >> 1;
        }

        return ~state;
    }
}
