using Smml.MLNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>Fuses the modalities of one level: weighs them anew in each region; a shortcut fuses them without regions.</summary>
/// <remarks>The published "RFM".</remarks>
internal sealed class RegionFusion : NamedModule<Tensor, Tensor, Tensor>
{
    /// <summary>What is added to a region's share of the window.</summary>
    public const double Epsilon = 1e-7;

    /// <summary>Channels of the hidden layer that weighs the modalities of a region.</summary>
    public const int HiddenWidth = 128; // does not grow with the base channels

    private readonly int _channels;
    private readonly (Conv3d First, Conv3d Second)[] _weigh;
    private readonly ConvolutionChain _fuse;
    private readonly ConvolutionChain _shortcut;

    /// <summary>Makes the fusion of one level.</summary>
    /// <param name="channels">C, the channels of each modality at this level; even.</param>
    /// <param name="classes">K.</param>
    /// <param name="padding">Padding of 3x3x3 convolutions.</param>
    public RegionFusion(int channels, int classes, ConvolutionPadding padding)
        : base(nameof(RegionFusion))
    {
        _channels = channels;
        int stacked = ModalitySet.ModalityCount * channels;
        _weigh = new (Conv3d, Conv3d)[classes];
        for (int k = 0; k < classes; k++)
        {
            _weigh[k] = (
                PreActivationConvolution.Create(stacked + 1, HiddenWidth, 1),
                PreActivationConvolution.Create(HiddenWidth, ModalitySet.ModalityCount, 1));
            this.RegisterPath($"modal_fusion.{k}.weight_layer.0", _weigh[k].First);
            this.RegisterPath($"modal_fusion.{k}.weight_layer.2", _weigh[k].Second);
        }

        this.RegisterPath("region_fusion.fusion_layer", _fuse = new(classes * channels, channels, channels / 2, padding));
        register_module("short_cut", _shortcut = new(stacked, channels, channels / 2, padding));
    }

    /// <summary>Masked features (B, 4C, X, Y, Z) and region probabilities (B, K, X, Y, Z) to fused features (B, C, X, Y, Z).</summary>
    /// <remarks>No gradient flows to the probabilities.</remarks>
    public override Tensor forward(Tensor features, Tensor regions)
    {
        using Tensor map = regions.detach();
        using Tensor byRegion = Gate(features, map);
        using Tensor fused = _fuse.call(byRegion);
        using Tensor direct = _shortcut.call(features);
        return cat([fused, direct], 1);
    }

    // For each region the weighted sum of the modalities inside it: (B, K * C, X, Y, Z), class-major. The sum over the modalities comes
    // before the product with the map, which is the same for all of them.
    private Tensor Gate(Tensor features, Tensor map)
    {
        long batch = features.shape[0], classes = map.shape[1];
        using Tensor weights = Weights(features, map); // (B, K, 4)
        using Tensor modalities = features.reshape(batch, ModalitySet.ModalityCount, -1); // (B, 4, C * V)
        using Tensor sums = weights.bmm(modalities), apart = sums.view(batch, classes, _channels, -1); // (B, K, C, V)
        using Tensor flat = map.flatten(2), gate = flat.unsqueeze(2), gated = apart * gate;
        return gated.view([batch, classes * _channels, .. features.shape[2..]]);
    }

    // The weight of each modality in each region, (B, K, 4), from the features' means over the region and the region's share of the window.
    private Tensor Weights(Tensor features, Tensor map)
    {
        using Tensor flat = features.flatten(2), regions = map.flatten(2); // (B, 4C, V), (B, K, V)
        using Tensor share = regions.mean([2], keepdim: true), shares = share.Plus(Epsilon); // (B, K, 1)
        using Tensor columns = regions.transpose(1, 2), sums = flat.bmm(columns); // (B, 4C, K)
        using Tensor averages = sums.Over(regions.shape[2]), row = shares.transpose(1, 2); // (B, 1, K)
        using Tensor means = averages / row, inputs = cat([means, row], 1); // (B, 4C + 1, K)
        Tensor[] weights = new Tensor[_weigh.Length];
        for (int k = 0; k < weights.Length; k++)
        {
            using Tensor own = inputs.narrow(2, k, 1), input = own.reshape(own.shape[0], own.shape[1], 1, 1, 1); // (B, 4C + 1, 1, 1, 1)
            using Tensor hidden = _weigh[k].First.Convolve(input);
            _ = hidden.LeakyReluInPlace(PreActivationConvolution.LeakySlope);
            using Tensor output = _weigh[k].Second.Convolve(hidden), weight = output.sigmoid();
            weights[k] = weight.flatten(1);
        }

        Tensor stacked = stack(weights, 1);
        foreach (Tensor weight in weights)
            weight.Dispose();
        return stacked;
    }
}
