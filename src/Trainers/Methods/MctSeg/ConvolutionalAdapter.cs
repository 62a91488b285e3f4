using Smml.MLNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Methods.MctSeg;

/// <summary>A narrow path beside a transformer's layers that sees neighbouring voxels: tokens are narrowed, convolved as a volume
/// and widened again. It begins as the zero map.</summary>
/// <remarks>Source: the <c>Convpass</c> of MCTSeg's released code, which takes it from Jie and Deng, "Convolutional Bypasses Are Better
/// Vision Transformer Adapters". The released code initialises the convolution like all others of the network.</remarks>
internal sealed class ConvolutionalAdapter : NamedModule<Tensor, Tensor>
{
    private const double QuickSlope = 1.702;

    private readonly VolumeShape _grid;
    private readonly double _dropout;
    private readonly Linear _down;
    private readonly Conv3d _convolution;
    private readonly Linear _up;

    /// <summary>Makes an adapter.</summary>
    /// <param name="inputs">The width I of the tokens.</param>
    /// <param name="width">The channels of the convolution.</param>
    /// <param name="outputs">The width O of what it yields.</param>
    /// <param name="grid">Where the tokens lie.</param>
    /// <param name="dropout">Share of values that training drops.</param>
    public ConvolutionalAdapter(int inputs, int width, int outputs, VolumeShape grid, double dropout)
        : base(nameof(ConvolutionalAdapter))
    {
        (_grid, _dropout) = (grid, dropout);
        register_module("adapter_down", _down = nn.Linear(inputs, width));
        register_module(
            "adapter_conv", _convolution = PreActivationConvolution.Create(width, width, 3, padding: ConvolutionPadding.Zeros));
        register_module("adapter_up", _up = nn.Linear(width, outputs));
        nn.init.xavier_uniform_(_down.weight!);
        nn.init.zeros_(_down.bias!);
        nn.init.zeros_(_convolution.bias!);
        nn.init.zeros_(_up.weight!);
        nn.init.zeros_(_up.bias!);
    }

    /// <summary>Tokens (B, N, I) to tokens (B, N, O).</summary>
    public override Tensor forward(Tensor tokens)
    {
        using Tensor narrow = _down.call(tokens), active = Activate(narrow), map = TokenMaps.ToMap(active, _grid);
        using Tensor mixed = _convolution.Convolve(map), back = TokenMaps.ToTokens(mixed);
        Tensor hidden = Activate(back);
        if (training && _dropout > 0)
            hidden = F.dropout(hidden, _dropout, training: true);
        return _up.call(hidden);
    }

    // z * sigmoid(1.702 z), a fast likeness of GELU.
    private static Tensor Activate(Tensor input)
    {
        using Tensor steep = input.Times(QuickSlope), gate = steep.sigmoid();
        return input * gate;
    }
}
