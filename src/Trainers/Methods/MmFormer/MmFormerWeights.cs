using Smml.MLNet.Networks;

namespace Smml.MLNet.Methods.MmFormer;

/// <summary>mmFormer in files of the released code: one dictionary, with a convolution per modality that nothing calls.</summary>
internal sealed class MmFormerWeights : WeightLayout
{
    private const string Unneeded = "_decode_conv", Needed = "multimodal_decode_conv";

    private static readonly string[] s_modalities = ["flair", "t1ce", "t1", "t2"];

    public override WeightSizes Sizes(IReadOnlyList<WeightShapes> parts, WeightChoices choices)
    {
        MmFormerArchitecture architecture = Read(parts[0], choices);
        return new(
            architecture with { Padding = ReleasedPadding.Of(choices.Fidelity) },
            parts[0].Size("decoder_fuse.seg_layer.weight", 0),
            ReleasedPadding.Note(choices.Fidelity),
            HeadNote(architecture.AttentionHeads));
    }

    public override bool IsUnused(string name) =>
        name.Split('.')[0] is var module && module.EndsWith(Unneeded, StringComparison.Ordinal) && module != Needed;

    public override IEnumerable<(string Name, long[] Shape)> Unused(
        NetworkArchitecture architecture, IReadOnlyDictionary<string, long[]> shapes)
    {
        MmFormerArchitecture sizes = (MmFormerArchitecture)architecture;
        int deepest = sizes.BaseChannels << 4;
        foreach (string modality in s_modalities)
        {
            yield return ($"{modality}{Unneeded}.weight", [deepest, sizes.TransformerWidth, 1, 1, 1]);
            yield return ($"{modality}{Unneeded}.bias", [deepest]);
        }
    }

    /// <summary>The sizes of an mmFormer, also of one that is a student of SMML.</summary>
    public static MmFormerArchitecture Read(WeightShapes shapes, WeightChoices choices) => new()
    {
        BaseChannels = shapes.Size("flair_encoder.e1_c1.weight", 0),
        TransformerWidth = shapes.Size("flair_pos", 2),
        FeedForwardWidth = shapes.Size("multimodal_transformer.cross_ffn_list.0.fn.fn.net.0.weight", 0),
        AttentionHeads = choices.AttentionHeads,
        Patch = Window(shapes, choices),
        TokenLayout = TokenLayout.Reference, // the released code lays tokens out so under every PyTorch
    };

    /// <summary>What was assumed of attention.</summary>
    public static string HeadNote(int heads) => $"The weights do not tell the number of attention heads; {heads} are assumed.";
}
