using Smml.MLNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.UNetMfi;

/// <summary>Twice group norm, ReLU, convolution, and the input added: the building block of each U-Net.</summary>
internal sealed class ResidualBlock : NamedModule<Tensor, Tensor>
{
    private const int GroupSize = 8; // channels

    private readonly (GroupNorm Norm, Conv3d Convolution)[] _steps;

    /// <summary>Makes a block.</summary>
    /// <param name="channels">A multiple of 8.</param>
    public ResidualBlock(int channels)
        : base(nameof(ResidualBlock))
    {
        _steps = [Step(), Step()];
        for (int i = 0; i < _steps.Length; i++)
        {
            this.RegisterPath($"conv.{3 * i}", _steps[i].Norm);
            this.RegisterPath($"conv.{(3 * i) + 2}", _steps[i].Convolution);
        }

        (GroupNorm, Conv3d) Step() => (Norm(channels), Convolution(channels, channels));
    }

    /// <summary>(B, C, X, Y, Z) to the same shape.</summary>
    public override Tensor forward(Tensor input)
    {
        using Tensor first = Run(0, input), second = Run(1, first);
        return input.Plus(second);
    }

    /// <summary>A 3x3x3 convolution with zero padding and PyTorch's initialisation, as all of this network.</summary>
    public static Conv3d Convolution(int inputs, int outputs, int stride = 1) => nn.Conv3d(inputs, outputs, 3, stride: stride, padding: 1);

    // TorchSharp 0.107.0 leaves the affine parameters as the memory was.
    private static GroupNorm Norm(int channels)
    {
        GroupNorm norm = nn.GroupNorm(channels / GroupSize, channels);
        nn.init.ones_(norm.weight!);
        nn.init.zeros_(norm.bias!);
        return norm;
    }

    private Tensor Run(int step, Tensor input)
    {
        (GroupNorm norm, Conv3d convolution) = _steps[step];
        using Tensor activated = norm.call(input);
        _ = activated.relu_();
        return convolution.Convolve(activated);
    }
}
