using Smml.MLNet.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.UNetMfi;

/// <summary>Exchanges features between the modalities of one level: each takes a weighted sum of all, channel by channel. The weights come
/// from the means of both and from whether the giver is there.</summary>
/// <remarks>The published "MFI". A missing modality gives too, namely what its network makes of an empty scan; only the code tells. The
/// released checkpoints have four relations and the code uses the first for all modalities; the others are not made.</remarks>
internal sealed class FeatureInteraction : NamedModule<Tensor[], Tensor, Tensor[]>
{
    private const double LeakySlope = 0.01;

    private readonly Linear _first;
    private readonly Linear _second;

    public FeatureInteraction(int channels)
        : base(nameof(FeatureInteraction))
    {
        this.RegisterPath("Relation1.0", _first = nn.Linear(4 * channels, 2 * channels));
        this.RegisterPath("Relation1.2", _second = nn.Linear(2 * channels, channels));
    }

    /// <summary>Four maps (B, C, X, Y, Z) and the code, 1 for a modality that is there, (B, 4) or
    /// (1, 4), to four maps of the same shape.</summary>
    public override Tensor[] forward(Tensor[] features, Tensor code)
    {
        long[] shape = features[0].shape;
        using DisposeScope scope = NewDisposeScope();
        Tensor stacked = stack(features, 2); // (B, C, 4, X, Y, Z)
        Tensor each = stacked.view(shape[0] * shape[1], ModalitySet.ModalityCount, -1);
        Tensor means = stacked.mean([3L, 4L, 5L], keepdim: false, type: ScalarType.Float32).transpose(1, 2); // (B, 4, C)
        Tensor weights = Weights(means, code).permute(0, 3, 1, 2).reshape(shape[0] * shape[1], ModalitySet.ModalityCount, -1);
        Tensor mixed = weights.to(each.dtype).bmm(each).Plus(each).view(stacked.shape);
        return [.. Enumerable.Range(0, ModalitySet.ModalityCount).Select(i => mixed.select(2, i).contiguous().MoveToOuterDisposeScope())];
    }

    // How much taker i takes of each giver j, (B, i, j, C), summing to 1 over j.
    private Tensor Weights(Tensor means, Tensor code)
    {
        const int n = ModalitySet.ModalityCount;
        long batch = means.shape[0], channels = means.shape[2];
        Tensor givers = means.unsqueeze(1).expand(batch, n, n, channels), takers = means.unsqueeze(2).expand(batch, n, n, channels);
        Tensor there = code.view(-1, 1, n, 1).expand(batch, n, n, 2 * channels);
        Tensor hidden = _first.call(cat([givers, takers, there], 3)).LeakyReluInPlace(LeakySlope);
        return _second.call(hidden).to(ScalarType.Float32).softmax(2);
    }
}
