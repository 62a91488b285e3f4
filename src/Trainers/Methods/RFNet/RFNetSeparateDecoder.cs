using Smml.MLNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>Decodes one modality alone; one set of weights serves all four. Training only.</summary>
internal sealed class RFNetSeparateDecoder : NamedModule<Tensor[][], Tensor[]>
{
    private readonly PostNormConvolution[] _up = new PostNormConvolution[RFNetEncoder.Levels - 1];
    private readonly PostNormConvolution[] _merge = new PostNormConvolution[RFNetEncoder.Levels - 1];
    private readonly PostNormConvolution[] _out = new PostNormConvolution[RFNetEncoder.Levels - 1];
    private readonly Conv3d _head;

    public RFNetSeparateDecoder(int channels, int classes, ConvolutionPadding padding)
        : base(nameof(RFNetSeparateDecoder))
    {
        for (int level = 0; level < _up.Length; level++)
        {
            int width = channels << level;
            register_module($"d{level + 1}_c1", _up[level] = new(2 * width, width, 3, padding));
            register_module($"d{level + 1}_c2", _merge[level] = new(2 * width, width, 3, padding));
            register_module($"d{level + 1}_out", _out[level] = new(width, width, 1, padding));
        }

        register_module("seg_layer", _head = PreActivationConvolution.Create(channels, classes, 1));
    }

    /// <summary>Each modality's four unmasked maps to its class probabilities (B, K, X, Y, Z). All are decoded as one batch.</summary>
    public override Tensor[] forward(Tensor[][] features)
    {
        Tensor current = Level(features, RFNetEncoder.Levels - 1);
        for (int level = _up.Length - 1; level >= 0; level--)
        {
            using Tensor coarser = current, enlarged = Convolutions.Enlarge(coarser, 2);
            using Tensor decoded = _up[level].call(enlarged);
            using Tensor fine = Level(features, level);
            using Tensor both = cat([decoded, fine], 1); // the order is the reverse of the fusion decoder's
            using Tensor merged = _merge[level].call(both);
            current = _out[level].call(merged);
        }

        using Tensor finest = current, logits = _head.Convolve(finest), single = logits.to(ScalarType.Float32);
        using Tensor probabilities = single.softmax(1);
        return probabilities.split(features[0][0].shape[0], 0);
    }

    private static Tensor Level(Tensor[][] features, int level) => cat([.. features.Select(levels => levels[level])], 0);
}
