using Smml.MLNet.Losses;
using Smml.MLNet.Training;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.MctSeg;

/// <summary>What MCTSeg minimises: cross-entropy + Dice of the fused prediction, the fusion decoder's coarser ones, each modality's own
/// and the teacher's, and the distance of the modalities' features from the teacher's.</summary>
internal static class MctSegObjective
{
    /// <summary>Adds the losses of one batch.</summary>
    /// <param name="losses">Where the terms are added.</param>
    /// <param name="options">The weights; a term that was not computed is left out.</param>
    /// <param name="output">What the network yields.</param>
    /// <param name="target">Cross-entropy and Dice against the labels.</param>
    /// <param name="available">Which modalities each sample has, (B, 4), on the CPU; predictions and features of the others do not
    /// count.</param>
    public static void Compute(
        LossSum losses, MctSegLossOptions options, MctSegModule.Output output, SegmentationLoss target, Tensor available)
    {
        losses.Add("segmentation", target.Compute(output.Logits.softmax(1)), role: LossRole.Segmentation);
        if (output.Separate.Length > 0)
            losses.Add("separate", target.ComputeAvailable(output.Separate, available), options.SeparateWeight);
        if (output.Auxiliary.Length > 0)
            losses.Add("auxiliary", output.Auxiliary.Select(target.Compute).Aggregate(ScalarMath.Plus), options.AuxiliaryWeight);
        if (output.Whole is not null)
            losses.Add("teacher", target.Compute(output.Whole), options.TeacherWeight);
        if (options.DistillationWeight > 0)
        {
            losses.Add(
                "distillation",
                FeatureDistillation.Compute(output.Teacher, output.Levels, available, options.DetachTeacher),
                options.DistillationWeight);
        }
    }
}
