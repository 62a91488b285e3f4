using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Networks;

/// <summary>Decodes the features of one encoder alone; one set of weights serves all encoders. Training only.</summary>
internal sealed class SeparateDecoder : NamedModule<Tensor[][], Tensor[]>
{
    private readonly PreActivationConvolution[] _up = new PreActivationConvolution[ModalityEncoder.Levels - 1];
    private readonly PreActivationConvolution[] _merge = new PreActivationConvolution[ModalityEncoder.Levels - 1];
    private readonly PreActivationConvolution[] _out = new PreActivationConvolution[ModalityEncoder.Levels - 1];
    private readonly Conv3d _head;

    public SeparateDecoder(int channels, int classes, ConvolutionPadding padding)
        : base(nameof(SeparateDecoder))
    {
        for (int level = 0; level < _up.Length; level++)
        {
            int width = channels << level;
            register_module($"d{level + 1}_c1", _up[level] = new(2 * width, width, 3, 1, padding));
            register_module($"d{level + 1}_c2", _merge[level] = new(2 * width, width, 3, 1, padding));
            register_module($"d{level + 1}_out", _out[level] = new(width, width, 1));
        }

        _head = PreActivationConvolution.Create(channels, classes, 1);
        register_module("seg_layer", _head);
    }

    /// <summary>Each encoder's five unmasked maps to its class probabilities (B, K, X, Y, Z). All are decoded as one
    /// batch: norms see each sample alone.</summary>
    public override Tensor[] forward(Tensor[][] features)
    {
        Tensor current = Level(features, ModalityEncoder.Levels - 1);
        for (int level = _up.Length - 1; level >= 0; level--)
        {
            using Tensor enlarged = Convolutions.Enlarge(current, 2);
            using Tensor coarse = _up[level].call(enlarged);
            using Tensor fine = Level(features, level);
            using Tensor both = cat([coarse, fine], 1); // the order is the reverse of the fusion decoder's
            using Tensor merged = _merge[level].call(both);
            current = _out[level].call(merged);
        }

        return _head.Convolve(current).to(ScalarType.Float32).softmax(1).split(features[0][0].shape[0], 0);
    }

    private static Tensor Level(Tensor[][] features, int level) => cat([.. features.Select(levels => levels[level])], 0);
}
