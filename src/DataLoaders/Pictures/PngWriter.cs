using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Smml.MLNet.Files;
using Smml.MLNet.VolumeFiles;

namespace Smml.MLNet.Pictures;

/// <summary>Writes 8-bit RGB and grey images as PNG (ISO/IEC 15948): no palette, no interlace, one compressed block of pixels.</summary>
internal static class PngWriter
{
    private static readonly byte[] s_signature = [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    /// <summary>Writes an image.</summary>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="rgb">Red, green and blue of each pixel, row by row from the top left.</param>
    public static void Write(Stream stream, int width, int height, ReadOnlySpan<byte> rgb) => Write(stream, width, height, rgb, 3, 2);

    /// <summary>Writes a grey image.</summary>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="grey">The brightness of each pixel, row by row from the top left.</param>
    public static void WriteGrey(Stream stream, int width, int height, ReadOnlySpan<byte> grey) => Write(stream, width, height, grey, 1, 0);

    /// <summary>Writes an image into a file; a picture that is there is replaced.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="rgb">Red, green and blue of each pixel, row by row from the top left.</param>
    /// <exception cref="IOException">The file is there and is no PNG, its name is that of a volume, or it cannot be written.</exception>
    public static void Save(string path, int width, int height, byte[] rgb) => OutputFile.Replace(
        path,
        "a PNG picture",
        start => start.AsSpan().StartsWith(s_signature) ? null : "a file that is no PNG",
        file => Write(file, width, height, rgb));

    private static void Write(Stream stream, int width, int height, ReadOnlySpan<byte> pixels, int channels, byte colourType)
    {
        if (pixels.Length != (long)channels * width * height)
            throw new ArgumentException($"An image of {width}x{height} has {(long)channels * width * height} bytes, "
                + $"found {pixels.Length}.", nameof(pixels));
        stream.Write(s_signature);

        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8; // bits a channel
        header[9] = colourType;
        WriteChunk(stream, "IHDR"u8, header);
        WriteChunk(stream, "IDAT"u8, Compress(width * channels, pixels));
        WriteChunk(stream, "IEND"u8, []);
    }

    private static ReadOnlySpan<byte> Compress(int rowBytes, ReadOnlySpan<byte> pixels)
    {
        MemoryStream compressed = new();
        using (ZLibStream zlib = new(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int start = 0; start < pixels.Length; start += rowBytes)
            {
                zlib.WriteByte(0); // the filter of the row: none
                zlib.Write(pixels.Slice(start, rowBytes));
            }
        }

        return compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
    }

    private static void WriteChunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        stream.Write(number);
        stream.Write(type);
        stream.Write(data);

        Crc32 checksum = new(); // of type and data, not of the length
        checksum.Append(type);
        checksum.Append(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, checksum.GetCurrentHashAsUInt32());
        stream.Write(number);
    }
}
