using Smml.MLNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.UNetMfi;

/// <summary>What the U-Net of a modality does before it first sees the others: the finest level, and the step down from it.</summary>
internal sealed class UNetMfiEntry : NamedModule<Tensor, Tensor[]>
{
    private const int GroupSize = 8; // channels

    private readonly Conv3d _stem;
    private readonly ResidualBlock _block;
    private readonly Conv3d _down;

    /// <summary>Makes it, and registers its layers in the network, whose checkpoints do not know it.</summary>
    /// <param name="network">Where the layers are registered.</param>
    /// <param name="number">The number of the modality, from 1.</param>
    /// <param name="channels">w.</param>
    public UNetMfiEntry(nn.Module network, int number, int channels)
        : base(nameof(UNetMfiEntry))
    {
        network.register_module($"init_conv_{number}", _stem = ResidualBlock.Convolution(1, channels));
        network.register_module($"en1_{number}", _block = Block(channels));
        network.RegisterPath($"ed1_{number}.conv.0", _down = ResidualBlock.Convolution(channels, 2 * channels, stride: 2));
    }

    /// <summary>(B, 1, X, Y, Z) to (B, w, X, Y, Z) and (B, 2w, X / 2, Y / 2, Z / 2).</summary>
    public override Tensor[] forward(Tensor input)
    {
        using Tensor stem = _stem.Convolve(input);
        Tensor fine = _block.call(stem);
        return [fine, _down.Convolve(fine)];
    }

    /// <summary>The building block of each U-Net.</summary>
    /// <param name="channels">A multiple of 8.</param>
    public static ResidualBlock Block(int channels) => new(channels, channels / GroupSize, ("conv.0", "conv.2", "conv.3", "conv.5"));
}
