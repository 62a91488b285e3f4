using System.IO.Compression;

namespace Smml.MLNet.CueGeneration;

/// <summary>The sizes of a SAM-Med3D network and its graphs without weights, which <c>tools/sam_med3d</c> exported.</summary>
/// <param name="Side">Voxels along each side of the image; the low-resolution mask has a quarter.</param>
/// <param name="EmbeddingWidth">Channels of the image embedding.</param>
/// <param name="Grid">Tokens along each axis.</param>
/// <param name="ReadGraph">Gives the serialised template of <c>encoder</c>, <c>decoder</c> or <c>joint</c>.</param>
internal sealed record SamMed3DArchitecture(int Side, int EmbeddingWidth, int Grid, Func<string, byte[]> ReadGraph)
{
    /// <summary>The published network (vit_b_ori, 100.5 million parameters): 128^3 voxels, 8^3 tokens.</summary>
    public static SamMed3DArchitecture Published { get; } = new(128, 384, 8, ReadEmbedded);

    /// <summary>The side of the low-resolution logits.</summary>
    public int LowSide => 4 * Grid;

    /// <summary>Unpacks a template.</summary>
    public static byte[] Unpack(Stream packed)
    {
        using GZipStream gzip = new(packed, CompressionMode.Decompress);
        using MemoryStream memory = new();
        gzip.CopyTo(memory);
        return memory.ToArray();
    }

    private static byte[] ReadEmbedded(string name)
    {
        string resource = $"Smml.MLNet.SamMed3D.{name}.onnx.gz";
        using Stream packed = typeof(SamMed3DArchitecture).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The resource {resource} is missing from the assembly.");
        return Unpack(packed);
    }
}
