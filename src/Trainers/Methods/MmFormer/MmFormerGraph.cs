using Smml.MLNet.Networks;
using Smml.MLNet.Onnx;

namespace Smml.MLNet.Methods.MmFormer;

/// <summary>A <see cref="MmFormerModule"/>, also one that is a student of SMML, without what only training needs.</summary>
/// <param name="architecture">Sizes.</param>
/// <param name="classes">K.</param>
/// <param name="networks">The names of the networks.</param>
internal sealed class MmFormerGraph(MmFormerArchitecture architecture, int classes, params string[] networks) : NetworkGraph
{
    private const int Levels = ModalityEncoder.Levels;

    private readonly long _width = architecture.TransformerWidth, _count = architecture.TokenGrid.Count;

    public override IReadOnlyList<string> Networks => networks;

    public override int Classes => classes;

    public override VolumeShape Window => architecture.Patch;

    public override WeightTable Table { get; } = MmFormerTable.Of(architecture, classes);

    // The map of the last level is used as tokens only.
    public override IReadOnlyList<(string Name, long[] Shape)> Features { get; } =
    [
        .. Enumerable.Range(0, Levels - 1).Select(level => ($"level{level + 1}", (long[])
        [
            OnnxGraph.Batch,
            architecture.BaseChannels << level,
            architecture.Patch.X >> level,
            architecture.Patch.Y >> level,
            architecture.Patch.Z >> level,
        ])),
        ("tokens", [OnnxGraph.Batch, architecture.TokenGrid.Count, architecture.TransformerWidth]),
    ];

    public override OnnxValue[] Encode(OnnxLayers layers, string modality, OnnxValue scan)
    {
        OnnxValue[] levels = new OnnxValue[Levels];
        OnnxValue current = scan;
        for (int level = 0; level < Levels; level++)
        {
            string name = $"{modality}_encoder.e{level + 1}";
            OnnxValue entry = level == 0
                ? layers.Convolve(current, $"{name}_c1", architecture.Padding)
                : layers.PreActivation(current, $"{name}_c1", architecture.Padding, stride: 2);
            OnnxValue inner = layers.PreActivation(entry, $"{name}_c2", architecture.Padding);
            OnnxValue residual = layers.PreActivation(inner, $"{name}_c3", architecture.Padding);
            current = levels[level] = layers.Same("Add", entry, residual);
        }

        OnnxValue map = layers.Convolve(current, $"{modality}_encode_conv");
        OnnxValue tokens = layers.Permute(layers.Reshape(map, _width, _count), 0, 2, 1);
        return [.. levels[..^1], Transform(layers, [tokens], [modality], $"{modality}_transformer")];
    }

    public override OnnxValue Decode(OnnxLayers layers, OnnxValue[][] features)
    {
        const string Decoder = "decoder_fuse.";
        OnnxValue current = Fuse(layers, Bottleneck(layers, [.. features.Select(own => own[^1])]), Levels - 1);
        for (int level = Levels - 2; level >= 0; level--)
        {
            string name = $"{Decoder}d{level + 1}";
            OnnxValue coarse = layers.PreActivation(layers.Enlarge(current), $"{name}_c1", architecture.Padding);
            OnnxValue fine = Fuse(layers, layers.Concat(1, [.. features.Select(own => own[level])]), level);
            OnnxValue merged = layers.PreActivation(layers.Concat(1, fine, coarse), $"{name}_c2", architecture.Padding);
            current = layers.PreActivation(merged, $"{name}_out");
        }

        return layers.Convolve(current, $"{Decoder}seg_layer");
    }

    // The published "RFM"; its 3x3x3 pads with zeros.
    private static OnnxValue Fuse(OnnxLayers layers, OnnxValue input, int level)
    {
        OnnxValue current = input;
        for (int layer = 0; layer < 3; layer++)
            current = layers.PreActivation(current, $"decoder_fuse.RFM{level + 1}.fusion_layer.{layer}");
        return current;
    }

    // Inter-modal transformer and layout: four times (B, N, T) to (B, 4 * 16c, X / 16, Y / 16, Z / 16).
    private OnnxValue Bottleneck(OnnxLayers layers, OnnxValue[] tokens)
    {
        VolumeShape grid = architecture.TokenGrid;
        OnnxValue mixed = Transform(layers, tokens, Modalities, "multimodal_transformer"); // (B, 4N, T)
        OnnxValue channels = architecture.TokenLayout == TokenLayout.Aligned
            ? layers.Permute(layers.Reshape(mixed, 4, _count, _width), 0, 1, 3, 2) // (B, 4, T, N)
            : layers.Permute(layers.Reshape(mixed, _count, 4 * _width), 0, 2, 1); // (B, 4T, N)
        return layers.Convolve(layers.Reshape(channels, 4 * _width, grid.X, grid.Y, grid.Z), "multimodal_decode_conv");
    }

    // Tokens of some modalities, one after the other, with their positions.
    private OnnxValue Transform(OnnxLayers layers, OnnxValue[] tokens, IReadOnlyList<string> modalities, string name)
    {
        OnnxValue[] placed = [.. tokens.Zip(modalities, (own, modality) => layers.Same("Add", own, layers.Weight($"{modality}_pos")))];
        return layers.Transform(placed.Length == 1 ? placed[0] : layers.Concat(1, placed), name, architecture.AttentionHeads);
    }
}
