using Smml.MLNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>Predicts at one level where each region (class) lies; the fusion weighs the modalities by it.</summary>
/// <remarks>The published "prm_generator".</remarks>
internal sealed class RegionMapGenerator : NamedModule<Tensor, Tensor?, Tensor>
{
    /// <summary>Channels before the last convolution.</summary>
    public const int HeadWidth = 16; // does not grow with the base channels

    private readonly ConvolutionChain _embedding;
    private readonly PostNormConvolution _reduce;
    private readonly Conv3d _head;

    /// <summary>Makes the generator of one level.</summary>
    /// <param name="channels">C, the channels of each modality at this level; a multiple of 4.</param>
    /// <param name="classes">K.</param>
    /// <param name="coarsest">Whether this is the lowest level, at which the decoder has no features yet.</param>
    /// <param name="padding">Padding of the 3x3x3 convolution.</param>
    public RegionMapGenerator(int channels, int classes, bool coarsest, ConvolutionPadding padding)
        : base(nameof(RegionMapGenerator))
    {
        register_module("embedding_layer", _embedding = new(ModalitySet.ModalityCount * channels, channels / 4, channels, padding));
        this.RegisterPath("prm_layer.0", _reduce = new(coarsest ? channels : 2 * channels, HeadWidth, 1, padding));
        this.RegisterPath("prm_layer.1", _head = PreActivationConvolution.Create(HeadWidth, classes, 1));
    }

    /// <summary>
    /// Masked features of all modalities (B, 4C, X, Y, Z) and the decoder's features (B, C, X, Y, Z), null at the lowest level, to class
    /// probabilities (B, K, X, Y, Z).
    /// </summary>
    public override Tensor forward(Tensor features, Tensor? decoded)
    {
        using Tensor embedded = _embedding.call(features);
        using Tensor both = decoded is null ? embedded.alias() : cat([decoded, embedded], 1);
        using Tensor reduced = _reduce.call(both);
        using Tensor logits = _head.Convolve(reduced), single = logits.to(ScalarType.Float32);
        return single.softmax(1);
    }
}
