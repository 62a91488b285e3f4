using Smml.MLNet.Training;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.MmFormer;

/// <summary>One pass of mmFormer: the fused prediction with one mask, each modality's own prediction and the decoder's coarser ones, all by
/// cross-entropy + Dice.</summary>
internal sealed class MmFormerTraining(MmFormerTrainerOptions options, MmFormerNetwork network, int classes)
    : SingleNetworkTraining(options, network, classes)
{
    private readonly MmFormerModule.Heads _heads = (options.Losses.AuxiliaryWeight > 0 ? MmFormerModule.Heads.Auxiliary : 0)
        | (options.Losses.SeparateWeight > 0 ? MmFormerModule.Heads.Separate : 0);

    protected override void Learn(Task task, LossSum losses)
    {
        ModalitySet encoded = _heads.HasFlag(MmFormerModule.Heads.Separate)
            ? ModalitySet.All
            : SeenEncoders.Of(task.Samples, 0, Optimizer, network.Backbone.ParametersOf);
        MmFormerModule.Output output;
        using (BeginPrecision())
            output = network.Backbone.Run(task.Batch.Scans, task.Batch.Masks[0], encoded, _heads, task.Replay);

        losses.Add("segmentation", task.Target.Compute(output.Logits.softmax(1)), role: LossRole.Segmentation);
        if (output.Separate.Length > 0)
            losses.Add("separate", task.Target.ComputeAvailable(output.Separate, task.Batch.Available), options.Losses.SeparateWeight);
        if (output.Auxiliary.Length > 0)
            losses.Add(
                "auxiliary", output.Auxiliary.Select(task.Target.Compute).Aggregate(ScalarMath.Plus), options.Losses.AuxiliaryWeight);
    }
}
