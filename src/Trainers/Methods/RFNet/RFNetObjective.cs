using Smml.MLNet.Losses;
using Smml.MLNet.Training;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>What RFNet minimises: cross-entropy + Dice of the fused prediction, each separate prediction and each region map.</summary>
internal static class RFNetObjective
{
    /// <summary>Adds the losses of one batch.</summary>
    /// <param name="losses">Where the terms are added.</param>
    /// <param name="options">The weights; a term with weight 0 is left out.</param>
    /// <param name="output">The fused logits and the region maps.</param>
    /// <param name="separate">Each modality's own class probabilities (B, K, X, Y, Z).</param>
    /// <param name="target">Cross-entropy and Dice against the labels.</param>
    /// <param name="available">Which modalities each sample has, (B, 4), on the CPU; separate
    /// predictions of the others do not count.</param>
    /// <param name="fusionStarted">Whether the fused term counts. Before it does, its gradient is 0, so that weight decay already acts on
    /// the weights that only this term trains.</param>
    public static void Compute(
        LossSum losses,
        RFNetLossOptions options,
        RegionFusionDecoder.Output output,
        IReadOnlyList<Tensor> separate,
        SegmentationLoss target,
        Tensor available,
        bool fusionStarted)
    {
        losses.Add("segmentation", target.Compute(output.Logits.softmax(1)), fusionStarted ? 1 : 0, LossRole.Segmentation);
        if (options.SeparateWeight > 0 && separate.Count > 0)
            losses.Add("separate", target.ComputeAvailable(separate, available), options.SeparateWeight);
        if (options.RegionMapWeight > 0 && output.Maps.Length > 0)
            losses.Add("region maps", output.Maps.Select(target.Compute).Aggregate(ScalarMath.Plus), options.RegionMapWeight);
    }
}
