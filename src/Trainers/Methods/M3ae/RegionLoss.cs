using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Methods.M3ae;

/// <summary>Dice, with squares in the denominator, plus binary cross-entropy of regions that overlap, against one batch.</summary>
/// <remarks>The cross-entropy is computed of logits; the released code computes it of probabilities, which is the same up to
/// rounding where a probability is neither 0 nor 1.</remarks>
internal sealed class RegionLoss
{
    private const double Epsilon = 1;

    private readonly Tensor _targets;
    private readonly Tensor _voxels; // (R)
    private readonly M3aeLossOptions _options;

    /// <summary>Prepares one batch.</summary>
    /// <param name="targets">(B, R, Z, Y, X) of 0 and 1.</param>
    /// <param name="options">The weights of both.</param>
    public RegionLoss(Tensor targets, M3aeLossOptions options)
    {
        _targets = targets;
        _voxels = targets.sum([0, 2, 3, 4]); // the sum of squares of 0 and 1
        _options = options;
    }

    /// <summary>The weighted sum of the mean over regions of 1 - (2 |pt| + 1) / (|p^2| + |t^2| + 1), summed over the whole batch, and of
    /// the mean binary cross-entropy.</summary>
    /// <param name="logits">(B, R, Z, Y, X).</param>
    public Tensor Compute(Tensor logits)
    {
        if (_options.DiceWeight == 0)
            return CrossEntropy(logits);
        Tensor dice = Dice(logits).Times(_options.DiceWeight);
        return _options.CrossEntropyWeight == 0 ? dice : dice.Plus(CrossEntropy(logits));
    }

    private Tensor Dice(Tensor logits)
    {
        Tensor probabilities = logits.sigmoid();
        Tensor overlap = (probabilities * _targets).sum([0, 2, 3, 4]).Times(2).Plus(Epsilon);
        Tensor size = (probabilities * probabilities).sum([0, 2, 3, 4]).Plus(_voxels).Plus(Epsilon);
        return (overlap / size).mean().negative().Plus(1);
    }

    private Tensor CrossEntropy(Tensor logits) =>
        F.binary_cross_entropy_with_logits(logits, _targets).Times(_options.CrossEntropyWeight);
}
