using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Methods.UNetMfi;

/// <summary>Dice plus binary cross-entropy of regions that overlap, against one batch.</summary>
internal sealed class RegionLoss
{
    private const double Epsilon = 1e-5;

    private readonly Tensor _targets;
    private readonly Tensor _voxels; // (R)
    private readonly double _crossEntropyWeight;

    /// <summary>Prepares one batch.</summary>
    /// <param name="targets">(B, R, X, Y, Z) of 0 and 1.</param>
    /// <param name="crossEntropyWeight">The weight of the binary cross-entropy beside Dice.</param>
    public RegionLoss(Tensor targets, double crossEntropyWeight)
    {
        _targets = targets;
        _voxels = targets.sum([0, 2, 3, 4]);
        _crossEntropyWeight = crossEntropyWeight;
    }

    /// <summary>The mean over regions of 1 - (2 |pt| + 1e-5) / (|p| + |t| + 1e-5), summed over the whole batch, plus the weighted mean of
    /// the binary cross-entropy.</summary>
    /// <param name="logits">(B, R, X, Y, Z).</param>
    public Tensor Compute(Tensor logits)
    {
        Tensor probabilities = logits.sigmoid();
        Tensor overlap = (probabilities * _targets).sum([0, 2, 3, 4]).Times(2).Plus(Epsilon);
        Tensor size = probabilities.sum([0, 2, 3, 4]).Plus(_voxels).Plus(Epsilon);
        Tensor dice = (overlap / size).mean().negative().Plus(1);
        return _crossEntropyWeight == 0 ? dice
            : dice.Plus(F.binary_cross_entropy_with_logits(logits, _targets).Times(_crossEntropyWeight));
    }
}
