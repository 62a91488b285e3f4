using System.IO.Compression;
using System.Text.Json;

namespace Smml.MLNet.Tests.WeightFiles;

/// <summary>Files that PyTorch wrote; <c>Fixtures/make_fixture.py</c> made them.</summary>
internal static class WeightFixture
{
    /// <summary>The small files with a list of what they hold.</summary>
    public static IEnumerable<string> Names => Expected.EnumerateObject().Select(file => file.Name);

    /// <summary>File, tensor, <c>{type, shape, values}</c>.</summary>
    public static JsonElement Expected { get; } = JsonDocument.Parse(File.ReadAllText(PathOf("expected.json"))).RootElement;

    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "WeightFiles", "Fixtures", name);

    public static byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));

    /// <summary>Writes a checkpoint as published training scripts write it into a folder.</summary>
    public static string Checkpoint(TemporaryFolder folder, string name)
    {
        using FileStream packed = File.OpenRead(Fixtures.PathOf($"checkpoints/{name}.gz"));
        using GZipStream plain = new(packed, CompressionMode.Decompress);
        using MemoryStream memory = new();
        plain.CopyTo(memory);
        return folder.Write(name, memory.ToArray());
    }
}
