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

    public PreActivationConvolution(int inputs, int outputs, int kernel, int stride = 1, ConvolutionPadding padding = ConvolutionPadding.Reflect)
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
        return Convolve(_convolution, activated);
    }

    /// <summary>Instance norm without parameters (eps 1e-5), then leaky ReLU. Group norm with a group a channel is the same arithmetic and faster on the CPU.</summary>
    public static Tensor Activate(Tensor input, long channels)
    {
        Tensor normalized = F.group_norm(input, channels);
        return normalized.LeakyReluInPlace(LeakySlope);
    }

    /// <summary>Runs a convolution. On the CPU a 3x3x3 convolution sees its input with the channels of a voxel side by side: with few channels its backward
    /// pass is then two to four times as fast, and the two changes of order cost next to nothing.</summary>
    public static Tensor Convolve(Conv3d convolution, Tensor input)
    {
        if (input.device_type != DeviceType.CPU || convolution.kernel_size[0] == 1)
            return convolution.call(input);
        bool reflects = convolution.padding_mode == PaddingModes.Reflect;
        using Tensor padded = reflects ? F.pad(input, [1, 1, 1, 1, 1, 1], PaddingModes.Reflect) : input.alias();
        using Tensor channelsLast = padded.permute(0, 2, 3, 4, 1).contiguous().permute(0, 4, 1, 2, 3);
        using Tensor output = F.conv3d(channelsLast, convolution.weight!, convolution.bias, strides: convolution.stride, padding: reflects ? [0, 0, 0] : [1, 1, 1]);
        return output.contiguous();
    }

    /// <summary>A convolution with "same" padding and He initialisation (normal, fan in, gain sqrt 2).</summary>
    public static Conv3d Create(int inputs, int outputs, int kernel, int stride = 1, ConvolutionPadding padding = ConvolutionPadding.Reflect)
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

    /// <summary>Trilinear enlargement with aligned corners, as every up-sampling of the published networks.</summary>
    public static Tensor Enlarge(Tensor input, double factor) =>
        F.interpolate(input, scale_factor: [factor, factor, factor], mode: InterpolationMode.Trilinear, align_corners: true);
}
