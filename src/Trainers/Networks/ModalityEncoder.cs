using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Networks;

/// <summary>The convolutional encoder of one modality, or of several as channels: five levels, each half the size and twice the
/// channels of the one before.</summary>
internal sealed class ModalityEncoder : NamedModule<Tensor, Tensor[]>
{
    public const int Levels = 5;

    private readonly Conv3d _stem;
    private readonly PreActivationConvolution[] _down = new PreActivationConvolution[Levels];
    private readonly PreActivationConvolution[] _first = new PreActivationConvolution[Levels];
    private readonly PreActivationConvolution[] _second = new PreActivationConvolution[Levels];

    /// <summary>Makes an encoder.</summary>
    /// <param name="channels">c.</param>
    /// <param name="padding">Of the 3x3x3 convolutions.</param>
    /// <param name="inputs">I, the number of scans that it sees.</param>
    public ModalityEncoder(int channels, ConvolutionPadding padding, int inputs = 1)
        : base(nameof(ModalityEncoder))
    {
        _stem = PreActivationConvolution.Create(inputs, channels, 3, 1, padding);
        register_module("e1_c1", _stem);
        for (int level = 0; level < Levels; level++)
        {
            int width = channels << level;
            if (level > 0)
                register_module($"e{level + 1}_c1", _down[level] = new(width / 2, width, 3, 2, padding));
            register_module($"e{level + 1}_c2", _first[level] = new(width, width, 3, 1, padding));
            register_module($"e{level + 1}_c3", _second[level] = new(width, width, 3, 1, padding));
        }
    }

    /// <summary>(B, I, X, Y, Z) to five maps (B, c * 2^l, X / 2^l, Y / 2^l, Z / 2^l), l = 0 to 4.</summary>
    public override Tensor[] forward(Tensor input)
    {
        Tensor[] levels = new Tensor[Levels];
        Tensor current = input;
        for (int level = 0; level < Levels; level++)
        {
            Tensor entry = level == 0 ? _stem.Convolve(current) : _down[level].call(current);
            using Tensor inner = _first[level].call(entry);
            using Tensor residual = _second[level].call(inner);
            current = levels[level] = entry.Plus(residual);
        }

        return levels;
    }
}
