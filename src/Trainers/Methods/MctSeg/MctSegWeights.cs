using Smml.MLNet.Networks;

namespace Smml.MLNet.Methods.MctSeg;

/// <summary>MCTSeg in files of the released code: one dictionary, with a decoder, a convolution and adapters that nothing calls, and
/// positions that every pass makes anew.</summary>
internal sealed class MctSegWeights : WeightLayout
{
    private const string Adapter = ".byconv.", SecondAdapter = ".fn.fn2.", Decoder = "decoder_all.", Convolution = "encode_conv.",
        Position = "_pos";

    private static readonly string[] s_modalities = ["flair", "t1ce", "t1", "t2"];

    public override WeightSizes Sizes(IReadOnlyList<WeightShapes> parts, WeightChoices choices)
    {
        WeightShapes shapes = parts[0];
        MctSegArchitecture architecture = new()
        {
            BaseChannels = shapes.Size("flair_encoder.e1_c1.weight", 0),
            TransformerWidth = shapes.Size("flair_encode_conv.weight", 0),
            FeedForwardWidth = shapes.Size("cmf.conv_trans.ffn.net.0.weight", 0),
            AttentionHeads = choices.AttentionHeads,
            AdapterWidth = shapes.Size("flair_trans.cross_ffn_list.0.fn.fn2.adapter_conv.weight", 0),
            FusionAdapterWidth = shapes.Size("cmf.conv_pass.adapter_conv.weight", 0),
            Patch = Window(shapes, choices),
            TokenLayout = TokenLayout.Reference, // as the released code lays tokens out
        };
        return new(
            architecture,
            shapes.Size("decoder_fuse.seg_layer.weight", 0),
            $"The weights do not tell the number of attention heads; {architecture.AttentionHeads} are assumed.");
    }

    public override bool IsUnused(string name) => name.EndsWith(Position, StringComparison.Ordinal)
        || name.Contains(Adapter, StringComparison.Ordinal)
        || name.StartsWith(Decoder, StringComparison.Ordinal)
        || name.StartsWith(Convolution, StringComparison.Ordinal);

    public override IEnumerable<(string Name, long[] Shape)> Unused(
        NetworkArchitecture architecture, IReadOnlyDictionary<string, long[]> shapes)
    {
        MctSegArchitecture sizes = (MctSegArchitecture)architecture;
        int channels = sizes.BaseChannels, width = sizes.TransformerWidth;
        if (!sizes.LearnPositions)
        {
            foreach (string modality in s_modalities)
                yield return ($"{modality}{Position}", [1, sizes.TokenGrid.Count, width]);
        }

        yield return ($"{Convolution}weight", [width, ModalitySet.ModalityCount * width, 1, 1, 1]);
        yield return ($"{Convolution}bias", [width]);
        foreach ((string name, long[] shape) in shapes)
        {
            if (name.Contains($"_attention_list.0{SecondAdapter}", StringComparison.Ordinal))
                yield return (name.Replace(SecondAdapter, $".fn{Adapter}", StringComparison.Ordinal), shape);
        }

        for (int level = ModalityEncoder.Levels - 1; level >= 1; level--)
        {
            int wide = channels << level, narrow = channels << (level - 1);
            foreach ((string name, int inputs, int side) in new[] { ("c1", wide, 3), ("c2", wide, 3), ("out", narrow, 1) })
            {
                yield return ($"{Decoder}d{level}_{name}.conv.weight", [narrow, inputs, side, side, side]);
                yield return ($"{Decoder}d{level}_{name}.conv.bias", [narrow]);
            }
        }

        long classes = shapes["decoder_fuse.seg_layer.weight"][0];
        yield return ($"{Decoder}seg_layer.weight", [classes, channels, 1, 1, 1]);
        yield return ($"{Decoder}seg_layer.bias", [classes]);
    }
}
