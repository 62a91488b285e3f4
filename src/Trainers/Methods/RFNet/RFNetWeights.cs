using Smml.MLNet.Networks;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>RFNet in files of the released code: one dictionary, every tensor of which has a purpose.</summary>
internal sealed class RFNetWeights : WeightLayout
{
    public override WeightSizes Sizes(IReadOnlyList<WeightShapes> parts, WeightChoices choices)
    {
        ConvolutionPadding padding = ReleasedPadding.Of(choices.Fidelity);
        RFNetArchitecture architecture = new()
        {
            BaseChannels = parts[0].Size("flair_encoder.e1_c1.conv.weight", 0),
            Padding = padding,
        };
        return new(
            choices.Patch is { } patch ? architecture with { Patch = patch } : architecture,
            parts[0].Size("decoder_fuse.seg_layer.weight", 0),
            ReleasedPadding.Note(choices.Fidelity));
    }
}
