using Smml.MLNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>Decodes the masked features of all modalities to logits; at each level a region map guides the fusion.</summary>
internal sealed class RegionFusionDecoder : NamedModule<Tensor[], bool, RegionFusionDecoder.Output>
{
    private readonly RegionMapGenerator[] _locate = new RegionMapGenerator[RFNetEncoder.Levels];
    private readonly RegionFusion[] _fuse = new RegionFusion[RFNetEncoder.Levels];
    private readonly PostNormConvolution[] _up = new PostNormConvolution[RFNetEncoder.Levels - 1];
    private readonly PostNormConvolution[] _merge = new PostNormConvolution[RFNetEncoder.Levels - 1];
    private readonly PostNormConvolution[] _out = new PostNormConvolution[RFNetEncoder.Levels - 1];
    private readonly Conv3d _head;

    public RegionFusionDecoder(int channels, int classes, ConvolutionPadding padding)
        : base(nameof(RegionFusionDecoder))
    {
        for (int level = 0; level < RFNetEncoder.Levels; level++)
        {
            int width = channels << level;
            bool coarsest = level == RFNetEncoder.Levels - 1;
            register_module($"prm_generator{level + 1}", _locate[level] = new(width, classes, coarsest, padding));
            register_module($"RFM{level + 1}", _fuse[level] = new(width, classes, padding));
            if (coarsest)
                break;
            register_module($"d{level + 1}_c1", _up[level] = new(2 * width, width, 3, padding));
            register_module($"d{level + 1}_c2", _merge[level] = new(2 * width, width, 3, padding));
            register_module($"d{level + 1}_out", _out[level] = new(width, width, 1, padding));
        }

        register_module("seg_layer", _head = PreActivationConvolution.Create(channels, classes, 1));
    }

    /// <summary>
    /// Four masked maps (B, 4 * c * 2^l, ...) to logits (B, K, X, Y, Z) and, if asked for, the four region maps as probabilities of the
    /// same size, finest first.
    /// </summary>
    public override Output forward(Tensor[] features, bool withMaps)
    {
        Tensor[] maps = new Tensor[withMaps ? features.Length : 0];
        Tensor current = Fuse(features, features.Length - 1, null, maps);
        for (int level = _up.Length - 1; level >= 0; level--)
        {
            using Tensor coarser = current, enlarged = Convolutions.Enlarge(coarser, 2);
            using Tensor decoded = _up[level].call(enlarged);
            using Tensor fused = Fuse(features, level, decoded, maps);
            using Tensor both = cat([fused, decoded], 1);
            using Tensor merged = _merge[level].call(both);
            current = _out[level].call(merged);
        }

        using Tensor finest = current;
        return new(_head.Convolve(finest).to(ScalarType.Float32), maps);
    }

    // The fused features of one level (B, C, ...); its map is enlarged and kept if there is a place for it.
    private Tensor Fuse(Tensor[] features, int level, Tensor? decoded, Tensor[] maps)
    {
        using Tensor map = _locate[level].call(features[level], decoded);
        if (maps.Length > 0)
            maps[level] = level == 0 ? map.alias() : Convolutions.Enlarge(map, 1 << level);
        return _fuse[level].call(features[level], map);
    }

    /// <summary>Logits (B, K, X, Y, Z) and the region maps.</summary>
    internal sealed record Output(Tensor Logits, Tensor[] Maps);
}
