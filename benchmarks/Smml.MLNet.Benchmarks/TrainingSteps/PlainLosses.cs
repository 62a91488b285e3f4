using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Benchmarks.TrainingSteps;

/// <summary>Weighted cross-entropy and Dice class by class, as the released losses are described.</summary>
internal static class PlainLosses
{
    /// <summary>Both losses of one prediction (B, K, X, Y, Z) against one-hot labels of the same shape.</summary>
    public static Tensor Compute(Tensor probabilities, Tensor target) =>
        CrossEntropy(probabilities, target).Plus(Dice(probabilities, target));

    private static Tensor CrossEntropy(Tensor probabilities, Tensor target)
    {
        Tensor? sum = null;
        Tensor all = target.sum([1, 2, 3, 4]);
        long[] space = [1, .. probabilities.shape[2..]];
        for (int k = 0; k < probabilities.shape[1]; k++)
        {
            Tensor truth = target.select(1, k);
            Tensor weight = (truth.sum([1, 2, 3]) / all).neg().Plus(1).view(-1, 1, 1, 1).repeat(space);
            Tensor loss = weight.neg() * truth * probabilities.select(1, k).Between(0.005, 1).log();
            sum = sum is null ? loss : sum.Plus(loss);
        }

        return sum!.mean();
    }

    private static Tensor Dice(Tensor probabilities, Tensor target)
    {
        Tensor? sum = null;
        for (int k = 0; k < probabilities.shape[1]; k++)
        {
            Tensor own = probabilities.select(1, k), truth = target.select(1, k);
            Tensor score = (own * truth).sum().Times(2) / own.sum().Plus(truth.sum()).Plus(1e-7);
            sum = sum is null ? score : sum.Plus(score);
        }

        return sum!.Over(probabilities.shape[1]).neg().Plus(1);
    }
}
