using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Networks;

/// <summary>Decodes the masked features of all modalities to logits, with an auxiliary prediction at each coarser level.</summary>
internal sealed class FusionDecoder : NamedModule<Tensor[], bool, FusionDecoder.Output>
{
    private readonly FusionBlock[] _fuse = new FusionBlock[ModalityEncoder.Levels];
    private readonly PreActivationConvolution[] _up = new PreActivationConvolution[ModalityEncoder.Levels - 1];
    private readonly PreActivationConvolution[] _merge = new PreActivationConvolution[ModalityEncoder.Levels - 1];
    private readonly PreActivationConvolution[] _out = new PreActivationConvolution[ModalityEncoder.Levels - 1];
    private readonly Conv3d[] _auxiliary = new Conv3d[ModalityEncoder.Levels - 1];
    private readonly Conv3d _head;

    /// <summary>Makes a decoder.</summary>
    /// <param name="channels">c.</param>
    /// <param name="classes">K.</param>
    /// <param name="padding">Of the 3x3x3 convolutions outside the blocks that fuse.</param>
    /// <param name="deepest">The channels of the fused bottleneck; null for 4 * 16c, as many as the four encoders have there.</param>
    public FusionDecoder(int channels, int classes, ConvolutionPadding padding, int? deepest = null)
        : base(nameof(FusionDecoder))
    {
        for (int level = 0; level < ModalityEncoder.Levels; level++)
        {
            int all = ModalitySet.ModalityCount * (channels << level), inputs = level == ModalityEncoder.Levels - 1 ? deepest ?? all : all;
            register_module($"RFM{level + 1}", _fuse[level] = new(inputs, channels << level));
        }

        for (int level = 0; level < _up.Length; level++)
        {
            int width = channels << level;
            register_module($"d{level + 1}_c1", _up[level] = new(2 * width, width, 3, 1, padding));
            register_module($"d{level + 1}_c2", _merge[level] = new(2 * width, width, 3, 1, padding));
            register_module($"d{level + 1}_out", _out[level] = new(width, width, 1));
            register_module($"seg_d{level + 1}", _auxiliary[level] = PreActivationConvolution.Create(2 * width, classes, 1));
        }

        _head = PreActivationConvolution.Create(channels, classes, 1);
        register_module("seg_layer", _head);
    }

    /// <summary>Five masked maps (B, 4 * c * 2^l, ...), the last with the channels that the decoder was made for, to logits
    /// (B, K, X, Y, Z) and, where asked for, four probability maps of the same size, finest first.</summary>
    public override Output forward(Tensor[] features, bool withAuxiliary)
    {
        Tensor[] auxiliary = new Tensor[withAuxiliary ? _auxiliary.Length : 0];
        Tensor current = _fuse[^1].call(features[^1]);
        for (int level = _up.Length - 1; level >= 0; level--)
        {
            if (withAuxiliary)
                auxiliary[level] = Convolutions.Enlarge(_auxiliary[level].Convolve(current).to(ScalarType.Float32).softmax(1), 2 << level);
            using Tensor enlarged = Convolutions.Enlarge(current, 2);
            using Tensor coarse = _up[level].call(enlarged);
            using Tensor fine = _fuse[level].call(features[level]);
            using Tensor both = cat([fine, coarse], 1);
            using Tensor merged = _merge[level].call(both);
            current = _out[level].call(merged);
        }

        return new(_head.Convolve(current).to(ScalarType.Float32), auxiliary);
    }

    /// <summary>Logits (B, K, X, Y, Z) and the auxiliary probabilities.</summary>
    internal sealed record Output(Tensor Logits, Tensor[] Auxiliary);

    /// <summary>The published "RFM": three pre-activation convolutions 1, 3, 1 that mix the
    /// modalities; its 3x3x3 pads with zeros.</summary>
    private sealed class FusionBlock : NamedModule<Tensor, Tensor>
    {
        private readonly PreActivationConvolution[] _layers;

        public FusionBlock(int inputs, int outputs)
            : base("RFM")
        {
            _layers = [new(inputs, outputs, 1), new(outputs, outputs, 3, 1, ConvolutionPadding.Zeros), new(outputs, outputs, 1)];
            for (int i = 0; i < _layers.Length; i++)
                this.RegisterPath($"fusion_layer.{i}", _layers[i]);
        }

        public override Tensor forward(Tensor input)
        {
            using Tensor reduced = _layers[0].call(input);
            using Tensor mixed = _layers[1].call(reduced);
            return _layers[2].call(mixed);
        }
    }
}
