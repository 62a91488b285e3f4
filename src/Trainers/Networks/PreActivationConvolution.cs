using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Networks;

/// <summary>Instance norm, leaky ReLU (slope 0.2), convolution: the building block of mmFormer's encoders and decoders.</summary>
internal sealed class PreActivationConvolution : NamedModule<Tensor, Tensor>
{
    public const double LeakySlope = 0.2;

    private readonly Conv3d _convolution;
    private readonly int _channels;

    public PreActivationConvolution(
        int inputs, int outputs, int kernel, int stride = 1, ConvolutionPadding padding = ConvolutionPadding.Reflect)
        : base(nameof(PreActivationConvolution))
    {
        _channels = inputs;
        _convolution = Create(inputs, outputs, kernel, stride, padding);
        register_module("conv", _convolution);
    }

    /// <summary>(B, inputs, X, Y, Z) to (B, outputs, X / stride, ...).</summary>
    public override Tensor forward(Tensor input)
    {
        using Tensor activated = Activate(input, _channels);
        return _convolution.Convolve(activated);
    }

    /// <summary>Instance norm without parameters (eps 1e-5), then leaky ReLU. Group norm with a group a channel is the
    /// same arithmetic and faster on the CPU.</summary>
    public static Tensor Activate(Tensor input, long channels)
    {
        Tensor normalized = F.group_norm(input, channels);
        return normalized.LeakyReluInPlace(LeakySlope);
    }

    /// <summary>A convolution with "same" padding and He initialisation (normal, fan in, gain sqrt 2).</summary>
    public static Conv3d Create(
        int inputs, int outputs, int kernel, int stride = 1, ConvolutionPadding padding = ConvolutionPadding.Reflect)
    {
        bool pads = kernel > 1;
        Conv3d convolution = nn.Conv3d(
            inputs,
            outputs,
            kernel,
            stride: stride,
            padding: pads ? kernel / 2 : 0,
            padding_mode: pads && padding == ConvolutionPadding.Reflect ? PaddingModes.Reflect : PaddingModes.Zeros);
        nn.init.kaiming_normal_(convolution.weight!);
        return convolution;
    }
}
