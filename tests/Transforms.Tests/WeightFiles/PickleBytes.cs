using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Smml.MLNet.Tests.WeightFiles;

/// <summary>Pickles and archives byte by byte.</summary>
internal static class PickleBytes
{
    public static byte[] Text(string text) => [(byte)'X', .. Int(text.Length), .. Encoding.ASCII.GetBytes(text)];

    public static byte[] Number(int number) => [(byte)'J', .. Int(number)];

    public static byte[] Tuple(params long[] numbers) => [(byte)'(', .. numbers.SelectMany(Long), (byte)'t'];

    /// <summary>A 64-bit number.</summary>
    public static byte[] Long(long number)
    {
        byte[] bytes = [0x8A, 8, .. new byte[8]];
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(2), number);
        return bytes;
    }

    /// <summary>A tensor of a storage of floats.</summary>
    public static byte[] Tensor(long[] shape, long[] strides, long offset = 0, string key = "0", long elements = 4, byte[]? view = null) =>
    [
        .. "ctorch._utils\n_rebuild_tensor_v2\n(("u8, .. Text("storage"), .. "ctorch\nFloatStorage\n"u8, .. Text(key), .. Text("cpu"),
        .. Long(elements), .. view ?? [], .. "tQ"u8, .. Long(offset), .. Tuple(shape), .. Tuple(strides), 0x89, .. "}tR"u8,
    ];

    /// <summary>A pickle of a dictionary with one value.</summary>
    public static byte[] Dictionary(string name, byte[] value) => [0x80, 2, (byte)'}', .. Text(name), .. value, .. "s."u8];

    /// <summary>A zip archive with a pickle and a storage of the floats 0, 1, 2, 3.</summary>
    public static byte[] Torch(byte[] pickle) =>
        Zip(("m/data.pkl", pickle), ("m/data/0", [.. new float[] { 0, 1, 2, 3 }.SelectMany(BitConverter.GetBytes)]));

    public static byte[] Zip(params (string Name, byte[] Bytes)[] entries) => Zip(CompressionLevel.NoCompression, entries);

    public static byte[] Zip(CompressionLevel level, params (string Name, byte[] Bytes)[] entries)
    {
        using MemoryStream memory = new();
        using (ZipArchive zip = new(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] bytes) in entries)
            {
                using Stream stream = zip.CreateEntry(name, level).Open();
                stream.Write(bytes);
            }
        }

        return memory.ToArray();
    }

    private static byte[] Int(int number)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }
}
