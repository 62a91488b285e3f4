using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Networks;

/// <summary>Twice group norm, ReLU, convolution, and the input added: the building block of residual U-Nets.</summary>
internal sealed class ResidualBlock : NamedModule<Tensor, Tensor>
{
    private readonly (GroupNorm Norm, Conv3d Convolution)[] _steps;

    /// <summary>Makes a block.</summary>
    /// <param name="channels">A multiple of <paramref name="groups"/>.</param>
    /// <param name="groups">The groups of each norm.</param>
    /// <param name="names">The names of both norms and both convolutions in checkpoints: norm, convolution, norm, convolution.</param>
    public ResidualBlock(int channels, int groups, (string Norm, string Convolution, string SecondNorm, string SecondConvolution) names)
        : base(nameof(ResidualBlock))
    {
        _steps = [Step(names.Norm, names.Convolution), Step(names.SecondNorm, names.SecondConvolution)];

        (GroupNorm, Conv3d) Step(string normName, string convolutionName)
        {
            (GroupNorm norm, Conv3d convolution) = (Norm(channels, groups), Convolution(channels, channels));
            this.RegisterPath(normName, norm);
            this.RegisterPath(convolutionName, convolution);
            return (norm, convolution);
        }
    }

    /// <summary>(B, C, X, Y, Z) to the same shape.</summary>
    public override Tensor forward(Tensor input)
    {
        using Tensor first = Run(0, input), second = Run(1, first);
        return input.Plus(second);
    }

    /// <summary>A 3x3x3 convolution with zero padding and PyTorch's initialisation.</summary>
    public static Conv3d Convolution(int inputs, int outputs, int stride = 1) => nn.Conv3d(inputs, outputs, 3, stride: stride, padding: 1);

    // TorchSharp 0.107.0 leaves the affine parameters as the memory was.
    private static GroupNorm Norm(int channels, int groups)
    {
        GroupNorm norm = nn.GroupNorm(groups, channels);
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
