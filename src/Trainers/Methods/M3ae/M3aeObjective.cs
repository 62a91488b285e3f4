using Smml.MLNet.Training;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.M3ae;

/// <summary>What M3AE minimises in its two stages.</summary>
internal static class M3aeObjective
{
    /// <summary>Adds the losses of one batch of pre-training.</summary>
    /// <param name="losses">Where the terms are added.</param>
    /// <param name="options">The weights; a term with weight 0 is left out.</param>
    /// <param name="scans">What the network should have reconstructed, (B, 4, Z, Y, X).</param>
    /// <param name="reconstructed">What it has, of the same shape.</param>
    /// <param name="available">Which scans each sample has, (B, 4); others do not count.</param>
    /// <param name="image">The substitute image, (1, 4, Z, Y, X).</param>
    public static void Reconstruct(
        LossSum losses, M3aeLossOptions options, Tensor scans, Tensor reconstructed, Tensor available, Tensor image)
    {
        Tensor error = (Squared(scans, reconstructed).mean([2L, 3L, 4L]) * available).sum() / available.sum();
        losses.Add("reconstruction", error);
        if (options.RegulariserWeight > 0)
            losses.Add("regulariser", SubstituteImage.Spread(image), options.RegulariserWeight);
    }

    /// <summary>Adds the losses of one batch of training, which holds every sample with its first mask and then every sample with its
    /// second.</summary>
    /// <param name="losses">Where the terms are added.</param>
    /// <param name="options">The weights; a term with weight 0 is left out.</param>
    /// <param name="output">The predictions.</param>
    /// <param name="targets">What the regions should be, (B, R, Z, Y, X) of 0 and 1.</param>
    public static void Segment(LossSum losses, M3aeLossOptions options, M3aeModule.Output output, Tensor targets)
    {
        RegionLoss loss = new(targets, options);
        losses.Add("segmentation", loss.Compute(output.Logits), role: LossRole.Segmentation);
        if (options.DeepWeight > 0)
            losses.Add("deep", loss.Compute(output.Quarter).Plus(loss.Compute(output.Half)), options.DeepWeight);
        if (options.ConsistencyWeight > 0)
            losses.Add("consistency", Consistency(options.ConsistencyTarget, output), options.ConsistencyWeight);
    }

    /// <summary>The mean squared difference between what both masks give; gradients reach both.</summary>
    public static Tensor Consistency(ConsistencyTarget target, M3aeModule.Output output)
    {
        Tensor[] masks = (target == ConsistencyTarget.Bottleneck ? output.Bottleneck : output.Quarter).chunk(2, 0);
        return Squared(masks[0], masks[1]).mean();
    }

    private static Tensor Squared(Tensor one, Tensor other)
    {
        Tensor difference = one - other;
        return difference * difference;
    }
}
