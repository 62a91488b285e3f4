using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Smml.MLNet.Tests;

/// <summary>A NumPy array file (format versions 1 to 3, C order), enough to read reference numbers in tests.</summary>
internal sealed partial class NumpyArray
{
    private readonly byte[] _data;

    private NumpyArray(string type, long[] shape, byte[] data)
    {
        Type = type;
        Shape = shape;
        _data = data;
    }

    /// <summary>The NumPy type without byte order: f4, f8, u1, b1, i8.</summary>
    public string Type { get; }

    public long[] Shape { get; }

    public int Count => (int)Shape.Aggregate(1L, (product, side) => product * side);

    public static NumpyArray Load(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Read(file);
    }

    public static Dictionary<string, NumpyArray> LoadArchive(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        Dictionary<string, NumpyArray> arrays = new(StringComparer.Ordinal);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream stream = entry.Open();
            arrays.Add(entry.FullName[..^".npy".Length], Read(stream));
        }

        return arrays;
    }

    /// <summary>The raw little-endian bytes in C order.</summary>
    public ReadOnlySpan<byte> Bytes => _data;

    public double[] ToDouble() => Type switch
    {
        "f8" => MemoryMarshal.Cast<byte, double>(_data).ToArray(),
        "f4" => [.. MemoryMarshal.Cast<byte, float>(_data).ToArray().Select(value => (double)value)],
        "i8" => [.. MemoryMarshal.Cast<byte, long>(_data).ToArray().Select(value => (double)value)],
        "i4" => [.. MemoryMarshal.Cast<byte, int>(_data).ToArray().Select(value => (double)value)],
        "i2" => [.. MemoryMarshal.Cast<byte, short>(_data).ToArray().Select(value => (double)value)],
        "u1" or "b1" => [.. _data.Select(value => (double)value)],
        _ => throw new NotSupportedException($"NumPy type {Type}"),
    };

    public float[] ToSingle() =>
        Type == "f4" ? MemoryMarshal.Cast<byte, float>(_data).ToArray() : [.. ToDouble().Select(value => (float)value)];

    public long[] ToInt64() => [.. ToDouble().Select(value => (long)value)];

    private static NumpyArray Read(Stream stream)
    {
        byte[] prefix = new byte[8];
        stream.ReadExactly(prefix);
        if (prefix[0] != 0x93 || !prefix.AsSpan(1, 5).SequenceEqual("NUMPY"u8))
            throw new InvalidDataException("not a NumPy file");
        byte[] size = new byte[prefix[6] == 1 ? 2 : 4];
        stream.ReadExactly(size);
        byte[] text = new byte[size.Length == 2
            ? BinaryPrimitives.ReadUInt16LittleEndian(size)
            : BinaryPrimitives.ReadInt32LittleEndian(size)];
        stream.ReadExactly(text);
        string header = Encoding.ASCII.GetString(text);
        if (header.Contains("'fortran_order': True"))
            throw new NotSupportedException("Fortran order");
        string type = TypePattern().Match(header).Groups[1].Value;
        long[] shape =
        [
            .. ShapePattern()
                .Match(header)
                .Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(side => long.Parse(side, CultureInfo.InvariantCulture)),
        ];
        using MemoryStream data = new();
        stream.CopyTo(data);
        return new(type[1..], shape, data.ToArray());
    }

    [GeneratedRegex("'descr': '([^']+)'")]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"'shape': \(([^)]*)\)")]
    private static partial Regex ShapePattern();
}
