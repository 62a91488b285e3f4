using Smml.MLNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>Convolution, instance norm, leaky ReLU (slope 0.2): the building block of RFNet.</summary>
internal sealed class PostNormConvolution : NamedModule<Tensor, Tensor>
{
    private readonly Conv3d _convolution;

    public PostNormConvolution(int inputs, int outputs, int kernel, ConvolutionPadding padding, int stride = 1)
        : base(nameof(PostNormConvolution)) =>
        register_module("conv", _convolution = PreActivationConvolution.Create(inputs, outputs, kernel, stride, padding));

    /// <summary>(B, inputs, X, Y, Z) to (B, outputs, X / stride, ...).</summary>
    public override Tensor forward(Tensor input)
    {
        using Tensor convolved = _convolution.Convolve(input);
        return PreActivationConvolution.Activate(convolved, _convolution.out_channels);
    }
}
