using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Smml.MLNet.Tests;

/// <summary>Numbers of the released code's arithmetic. The folder that the environment variable SMML_FIXTURES names is used in place of the copy beside the tests.</summary>
internal static class Fixtures
{
    public static string Path(string name) =>
        System.IO.Path.Combine(Environment.GetEnvironmentVariable("SMML_FIXTURES") is { Length: > 0 } folder ? folder : System.IO.Path.Combine(AppContext.BaseDirectory, "fixtures"), name);

    /// <summary>One array of an .npz file: its shape and its values in C order.</summary>
    public static (int[] Shape, float[] Values) Npz(string file, string array)
    {
        using ZipArchive zip = ZipFile.OpenRead(Path(file));
        using Stream stream = zip.GetEntry(array + ".npy")!.Open();
        using MemoryStream memory = new();
        stream.CopyTo(memory);
        ReadOnlySpan<byte> bytes = memory.ToArray();
        int headerLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        string header = Encoding.ASCII.GetString(bytes.Slice(10, headerLength));
        Assert.Contains("'<f4'", header, StringComparison.Ordinal);
        Assert.Contains("'fortran_order': False", header, StringComparison.Ordinal);
        string shape = Regex.Match(header, @"\((?<shape>[\d, ]*)\)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["shape"].Value;
        return ([.. shape.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(text => int.Parse(text, CultureInfo.InvariantCulture))],
            MemoryMarshal.Cast<byte, float>(bytes[(10 + headerLength)..]).ToArray());
    }

    /// <summary>One of the volumes of an array (modality, x, y, z).</summary>
    public static Volume NpzVolume(string file, string array, int index)
    {
        (int[] shape, float[] values) = Npz(file, array);
        return Volumes.Of(new(shape[1], shape[2], shape[3]), (x, y, z) => values[(((((index * shape[1]) + x) * shape[2]) + y) * shape[3]) + z]);
    }
}
