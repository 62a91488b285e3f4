using Smml.MLNet.Networks;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>The encoder of one modality: four levels, each half the size and twice the channels of the one above.</summary>
internal sealed class RFNetEncoder : NamedModule<Tensor, Tensor[]>
{
    public const int Levels = 4;

    private readonly PostNormConvolution[] _entry = new PostNormConvolution[Levels];
    private readonly PostNormConvolution[] _first = new PostNormConvolution[Levels];
    private readonly PostNormConvolution[] _second = new PostNormConvolution[Levels];

    public RFNetEncoder(int channels, ConvolutionPadding padding)
        : base(nameof(RFNetEncoder))
    {
        for (int level = 0; level < Levels; level++)
        {
            int width = channels << level;
            (int inputs, int stride) = level == 0 ? (1, 1) : (width / 2, 2);
            register_module($"e{level + 1}_c1", _entry[level] = new(inputs, width, 3, padding, stride));
            register_module($"e{level + 1}_c2", _first[level] = new(width, width, 3, padding));
            register_module($"e{level + 1}_c3", _second[level] = new(width, width, 3, padding));
        }
    }

    /// <summary>(B, 1, X, Y, Z) to four maps (B, c * 2^l, X / 2^l, Y / 2^l, Z / 2^l), l = 0 to 3.</summary>
    public override Tensor[] forward(Tensor input)
    {
        Tensor[] levels = new Tensor[Levels];
        Tensor current = input;
        for (int level = 0; level < Levels; level++)
        {
            using Tensor entry = _entry[level].call(current);
            using Tensor inner = _first[level].call(entry);
            using Tensor residual = _second[level].call(inner);
            current = levels[level] = entry.Plus(residual);
        }

        return levels;
    }
}
