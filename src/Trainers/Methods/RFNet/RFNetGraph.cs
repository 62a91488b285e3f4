using Smml.MLNet.Onnx;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>An <see cref="RFNetModule"/> without what only training needs.</summary>
/// <param name="architecture">Sizes.</param>
/// <param name="classes">K.</param>
internal sealed class RFNetGraph(RFNetArchitecture architecture, int classes) : NetworkGraph
{
    private const int Levels = RFNetEncoder.Levels;
    private const string Decoder = "decoder_fuse.";

    private static readonly long[] s_voxels = [2];

    public override IReadOnlyList<string> Networks => [RFNetNetwork.NetworkName];

    public override int Classes => classes;

    public override VolumeShape Window => architecture.Patch;

    public override WeightTable Table { get; } = RFNetTable.Of(architecture, classes);

    public override IReadOnlyList<(string Name, long[] Shape)> Features { get; } =
    [
        .. Enumerable.Range(0, Levels).Select(level => ($"level{level + 1}", (long[])
        [
            OnnxGraph.Batch,
            architecture.BaseChannels << level,
            architecture.Patch.X >> level,
            architecture.Patch.Y >> level,
            architecture.Patch.Z >> level,
        ])),
    ];

    public override OnnxValue[] Encode(OnnxLayers layers, string modality, OnnxValue scan)
    {
        OnnxValue[] levels = new OnnxValue[Levels];
        OnnxValue current = scan;
        for (int level = 0; level < Levels; level++)
        {
            string name = $"{modality}_encoder.e{level + 1}";
            OnnxValue entry = Block(layers, current, $"{name}_c1", stride: level == 0 ? 1 : 2);
            OnnxValue residual = Block(layers, Block(layers, entry, $"{name}_c2"), $"{name}_c3");
            current = levels[level] = layers.Same("Add", entry, residual);
        }

        return levels;
    }

    public override OnnxValue Decode(OnnxLayers layers, OnnxValue[][] features)
    {
        OnnxValue[] masked = [.. Enumerable.Range(0, Levels).Select(level => layers.Concat(1, [.. features.Select(own => own[level])]))];
        OnnxValue current = Fuse(layers, masked[^1], null, Levels - 1);
        for (int level = Levels - 2; level >= 0; level--)
        {
            string name = $"{Decoder}d{level + 1}";
            OnnxValue decoded = Block(layers, layers.Enlarge(current), $"{name}_c1");
            OnnxValue fused = Fuse(layers, masked[level], decoded, level);
            current = Block(layers, Block(layers, layers.Concat(1, fused, decoded), $"{name}_c2"), $"{name}_out");
        }

        return layers.Convolve(current, $"{Decoder}seg_layer");
    }

    // A PostNormConvolution.
    private OnnxValue Block(OnnxLayers layers, OnnxValue input, string name, long stride = 1) =>
        layers.Activate(layers.Convolve(input, $"{name}.conv", architecture.Padding, stride));

    // A ConvolutionChain.
    private OnnxValue Chain(OnnxLayers layers, OnnxValue input, string name)
    {
        OnnxValue current = input;
        for (int block = 0; block < 3; block++)
            current = Block(layers, current, $"{name}.{block}");
        return current;
    }

    // A RegionMapGenerator and a RegionFusion: masked features (B, 4C, X, Y, Z) and the decoder's, null at the lowest level, to
    // (B, C, X, Y, Z).
    private OnnxValue Fuse(OnnxLayers layers, OnnxValue features, OnnxValue? decoded, int level)
    {
        string locate = $"{Decoder}prm_generator{level + 1}", fuse = $"{Decoder}RFM{level + 1}";
        OnnxValue embedded = Chain(layers, features, $"{locate}.embedding_layer");
        OnnxValue reduced = Block(layers, decoded is null ? embedded : layers.Concat(1, decoded, embedded), $"{locate}.prm_layer.0");
        OnnxValue logits = layers.Convolve(reduced, $"{locate}.prm_layer.1");
        OnnxValue map = layers.Node("Softmax", logits.Shape, [logits], ("axis", 1L)); // (B, K, X, Y, Z)
        return layers.Concat(
            1,
            Chain(layers, Gate(layers, features, map, fuse), $"{fuse}.region_fusion.fusion_layer"),
            Chain(layers, features, $"{fuse}.short_cut"));
    }

    // For each region the weighted sum of the modalities inside it: (B, K * C, X, Y, Z), class-major.
    private OnnxValue Gate(OnnxLayers layers, OnnxValue features, OnnxValue map, string name)
    {
        const long B = OnnxGraph.Batch, Count = ModalitySet.ModalityCount;
        long channels = features.Shape[1] / Count, voxels = features.Shape[2] * features.Shape[3] * features.Shape[4];
        OnnxValue regions = layers.Reshape(map, classes, voxels);
        OnnxValue weights = Weights(layers, layers.Reshape(features, Count * channels, voxels), regions, name); // (B, K, 4)
        OnnxValue modalities = layers.Reshape(features, Count, channels * voxels);
        OnnxValue sums = layers.Node("MatMul", [B, classes, channels * voxels], [weights, modalities]);
        OnnxValue gated = layers.Same("Mul", layers.Reshape(sums, classes, channels, voxels), layers.Reshape(regions, classes, 1, voxels));
        return layers.Reshape(gated, [classes * channels, .. features.Shape[2..]]);
    }

    // The weight of each modality in each region, (B, K, 4), from the features' means over the region and the region's share of the window.
    private OnnxValue Weights(OnnxLayers layers, OnnxValue features, OnnxValue regions, string name)
    {
        long stacked = features.Shape[1], voxels = features.Shape[2];
        OnnxValue share = layers.Node(
            "ReduceMean", [OnnxGraph.Batch, classes, 1], [regions], ("axes", s_voxels), ("keepdims", 1L));
        OnnxValue row = layers.Permute(layers.Same("Add", share, layers.Number(RegionFusion.Epsilon)), 0, 2, 1); // (B, 1, K)
        OnnxValue sums = layers.Node("MatMul", [OnnxGraph.Batch, stacked, classes], [features, layers.Permute(regions, 0, 2, 1)]);
        OnnxValue means = layers.Same("Div", layers.Same("Div", sums, layers.Number(voxels)), row);
        OnnxValue inputs = layers.Concat(1, means, row); // (B, 4C + 1, K)
        return layers.Concat(1, [.. Enumerable.Range(0, classes).Select(k =>
        {
            string layer = $"{name}.modal_fusion.{k}.weight_layer";
            OnnxValue input = layers.Reshape(layers.Pick(inputs, 2, k), stacked + 1, 1, 1, 1);
            OnnxValue hidden = layers.LeakyRelu(layers.Convolve(input, $"{layer}.0"));
            OnnxValue weight = layers.Same("Sigmoid", layers.Convolve(hidden, $"{layer}.2")); // (B, 4, 1, 1, 1)
            return layers.Reshape(weight, 1, ModalitySet.ModalityCount);
        })]);
    }
}
