using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Networks;

/// <summary>Convolution and enlargement in the memory order and with the kernels that are fastest on the CPU; the
/// arithmetic is that of the plain operations.</summary>
internal static class Convolutions
{
    // With this many channels or fewer libtorch's convolution is faster when the channels of a voxel lie side by side.
    private const int FewChannels = 8;

    // libtorch sends one sample of this size or smaller to a slow general routine (use_mkldnn in its Convolution.cpp), two samples never.
    private const long SlowSize = 20480;

    /// <summary>Runs a convolution with the padding that it was made with.</summary>
    public static Tensor Convolve(this Conv3d convolution, Tensor input)
    {
        if (input.device_type != DeviceType.CPU)
            return convolution.call(input);
        return convolution.kernel_size[0] == 1 ? Mix(convolution, input) : Slide(convolution, input);
    }

    /// <summary>Trilinear enlargement with aligned corners, as every up-sampling of the published networks.</summary>
    public static Tensor Enlarge(Tensor input, double factor)
    {
        if (input.device_type != DeviceType.CPU)
            return Interpolate(input, factor);
        using Tensor sideBySide = ChannelsLast(input);
        using Tensor output = Interpolate(sideBySide, factor);
        return output.contiguous();
    }

    // 1x1x1: a product of matrices, (O, I) by (B, I, V); libtorch's backward pass of such a convolution takes two to four times as long.
    private static Tensor Mix(Conv3d convolution, Tensor input)
    {
        using Tensor flat = input.flatten(2), weight = convolution.weight!.view(1, convolution.out_channels, convolution.in_channels);
        using Tensor each = weight.expand(input.shape[0], -1, -1), product = each.bmm(flat);
        using Tensor bias = convolution.bias!.view(1, -1, 1), sum = product.Plus(bias);
        return sum.view([input.shape[0], convolution.out_channels, .. input.shape[2..]]);
    }

    // 3x3x3.
    private static Tensor Slide(Conv3d convolution, Tensor input)
    {
        using Tensor padded = F.pad(
            input, [1, 1, 1, 1, 1, 1], convolution.padding_mode == PaddingModes.Reflect ? PaddingModes.Reflect : PaddingModes.Constant);
        long stride = convolution.stride![0], half = input.shape[2] / stride / 2;
        bool splits = padded.shape[0] * padded.shape[1] * padded.shape[2] * padded.shape[3] <= SlowSize
            && padded.shape[0] == 1
            && half * 2 * stride == input.shape[2];
        using Tensor whole = splits ? Halves(padded, half, stride) : padded.alias();
        using Tensor ordered = convolution.out_channels <= FewChannels ? ChannelsLast(whole) : whole.alias();
        using Tensor output = F.conv3d(ordered, convolution.weight!, convolution.bias, strides: convolution.stride);
        using Tensor joined = splits ? cat(output.split(1, 0), 2) : output.alias();
        return joined.contiguous();
    }

    // (1, I, X, Y, Z) to two overlapping samples (2, I, X / 2 + border, Y, Z), whose outputs are the two halves of the output.
    private static Tensor Halves(Tensor padded, long outputs, long stride)
    {
        long length = ((outputs - 1) * stride) + 3;
        using Tensor first = padded.narrow(2, 0, length), second = padded.narrow(2, outputs * stride, length);
        return cat([first, second], 0);
    }

    private static Tensor ChannelsLast(Tensor input)
    {
        using Tensor view = input.permute(0, 2, 3, 4, 1), copy = view.contiguous();
        return copy.permute(0, 4, 1, 2, 3);
    }

    private static Tensor Interpolate(Tensor input, double factor) =>
        F.interpolate(input, scale_factor: [factor, factor, factor], mode: InterpolationMode.Trilinear, align_corners: true);
}
