using Smml.MLNet.Training;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.UNetMfi;

/// <summary>What U-Net-MFI minimises: Dice + binary cross-entropy of the fused prediction, of each modality's own and of the
/// coarse ones.</summary>
internal static class UNetMfiObjective
{
    /// <summary>Adds the losses of one batch.</summary>
    /// <param name="losses">Where the terms are added.</param>
    /// <param name="options">The weights; a term with weight 0 is left out.</param>
    /// <param name="output">The logits.</param>
    /// <param name="targets">What the regions should be, (B, R, X, Y, Z) of 0 and 1.</param>
    public static void Compute(LossSum losses, UNetMfiLossOptions options, UNetMfiModule.Output output, Tensor targets)
    {
        RegionLoss loss = new(targets, options.CrossEntropyWeight);
        losses.Add("segmentation", loss.Compute(output.Fused), role: LossRole.Segmentation);
        if (options.SeparateWeight > 0)
            losses.Add("separate", Sum(output.Separate), options.SeparateWeight);
        if (options.CoarseWeight > 0)
            losses.Add("coarse", Sum(output.Coarse), options.CoarseWeight);

        Tensor Sum(IEnumerable<Tensor> predictions) => predictions.Select(loss.Compute).Aggregate(ScalarMath.Plus);
    }
}
