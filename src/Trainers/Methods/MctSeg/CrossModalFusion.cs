using Smml.MLNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.MctSeg;

/// <summary>Fuses the masked tokens of all modalities into the bottleneck: a transformer over all tokens plus a convolutional path over
/// the four tokens of each position.</summary>
/// <remarks>Source: the CMF of Kang et al., arXiv 2404.14019.</remarks>
internal sealed class CrossModalFusion : NamedModule<Tensor[], Tensor?, Tensor>
{
    private readonly VolumeShape _grid;
    private readonly TokenLayout _layout;
    private readonly TransformerBlock _transformer;
    private readonly ConvolutionalAdapter _adapter;
    private readonly Conv3d _untokenize;

    /// <summary>Makes it with fresh weights.</summary>
    /// <param name="architecture">Sizes.</param>
    public CrossModalFusion(MctSegArchitecture architecture)
        : base(nameof(CrossModalFusion))
    {
        const int modalities = ModalitySet.ModalityCount;
        int width = architecture.TransformerWidth;
        (_grid, _layout) = (architecture.TokenGrid, architecture.TokenLayout);
        _transformer = new(
            width,
            architecture.FeedForwardWidth,
            architecture.AttentionHeads,
            architecture.Dropout,
            new(AttentionNorm: "norm1", Attention: "attention", FeedForwardNorm: "norm2", FeedForward: "ffn"));
        register_module("conv_trans", _transformer);
        register_module(
            "conv_pass", _adapter = new(modalities * width, architecture.FusionAdapterWidth, width, _grid, architecture.Dropout));
        register_module("decode_conv", _untokenize = PreActivationConvolution.Create(modalities * width, width, 1));
    }

    /// <summary>The masked tokens of each modality, (B, N, T), and the positions of all, (1, 4N, T) or none, to the fused bottleneck
    /// (B, T, X / 16, Y / 16, Z / 16). Tokens of missing modalities are zeros, which attention sees.</summary>
    public override Tensor forward(Tensor[] tokens, Tensor? positions)
    {
        Tensor mixed = _transformer.call(cat(tokens, 1), positions); // (B, 4N, T)
        Tensor fused = _untokenize.Convolve(TokenMaps.ToMap(mixed, _grid, _layout));
        return fused.Plus(TokenMaps.ToMap(_adapter.call(cat(tokens, 2)), _grid));
    }
}
