using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Networks;

/// <summary>The way down of a <see cref="ResidualUNet"/>: four levels of residual blocks, with strided convolutions between them.</summary>
internal sealed class ResidualUNetEncoder : NamedModule<Tensor, Tensor[]>
{
    private readonly Conv3d _stem;
    private readonly Conv3d[] _down;
    private readonly ResidualBlock[][] _blocks;

    /// <summary>Makes it, and registers its layers in the network, whose checkpoints do not know it.</summary>
    /// <param name="network">Where the layers are registered.</param>
    /// <param name="inputs">Channels of the input.</param>
    /// <param name="channels">C.</param>
    public ResidualUNetEncoder(nn.Module network, int inputs, int channels)
        : base(nameof(ResidualUNetEncoder))
    {
        network.register_module("conv1a", _stem = ResidualBlock.Convolution(inputs, channels));
        _down = new Conv3d[3];
        _blocks =
        [
            Level(0, "conv1b"),
            Level(1, "conv2a", "conv2b"),
            Level(2, "conv3a", "conv3b"),
            Level(3, "conv4a", "conv4b", "conv4c", "conv4d"),
        ];

        ResidualBlock[] Level(int level, params string[] names)
        {
            int width = channels << level;
            if (level > 0)
                network.register_module($"ds{level}", _down[level - 1] = ResidualBlock.Convolution(width / 2, width, stride: 2));
            return [.. names.Select(name =>
            {
                ResidualBlock block = ResidualUNet.Block(width);
                network.register_module(name, block);
                return block;
            })];
        }
    }

    /// <summary>(B, inputs, X, Y, Z) to the output of each level, finest first, and behind them the outputs of the second and the third
    /// step down: (B, C, X, Y, Z), (B, 2C, X / 2, Y / 2, Z / 2), (B, 4C, X / 4, ...), (B, 8C, X / 8, ...), (B, 4C, X / 4, ...), (B, 8C, X /
    /// 8, ...).</summary>
    public override Tensor[] forward(Tensor input)
    {
        Tensor[] levels = new Tensor[_blocks.Length], steps = new Tensor[_down.Length];
        using Tensor stem = _stem.Convolve(input);
        levels[0] = Run(0, stem);
        for (int level = 1; level < levels.Length; level++)
        {
            steps[level - 1] = _down[level - 1].Convolve(levels[level - 1]);
            levels[level] = Run(level, steps[level - 1]);
        }

        steps[0].Dispose();
        return [.. levels, .. steps[1..]];
    }

    private Tensor Run(int level, Tensor input)
    {
        Tensor current = input;
        foreach (ResidualBlock block in _blocks[level])
        {
            Tensor next = block.call(current);
            if (!ReferenceEquals(current, input))
                current.Dispose();
            current = next;
        }

        return current;
    }
}
