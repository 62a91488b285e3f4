using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.MctSeg;

/// <summary>One pass of MCTSeg: the fused prediction with one mask, and everything else without a mask.</summary>
internal sealed class MctSegTraining(MctSegTrainerOptions options, MctSegNetwork network, int classes)
    : SingleNetworkTraining(options, network, classes)
{
    private const MctSegModule.Heads NeedEveryEncoder = MctSegModule.Heads.Separate | MctSegModule.Heads.Distillation;

    private readonly MctSegModule.Heads _heads = (options.Losses.AuxiliaryWeight > 0 ? MctSegModule.Heads.Auxiliary : 0)
        | (options.Losses.SeparateWeight > 0 ? MctSegModule.Heads.Separate : 0)
        | (options.Losses.TeacherWeight > 0 ? MctSegModule.Heads.Teacher : 0)
        | (options.Losses.DistillationWeight > 0 ? MctSegModule.Heads.Distillation : 0);

    protected override void Learn(Task task, LossSum losses)
    {
        ModalitySet encoded = (_heads & NeedEveryEncoder) != 0
            ? ModalitySet.All
            : SeenEncoders.Of(task.Samples, 0, Optimizer, network.Module.ParametersOf);
        MctSegModule.Output output;
        using (BeginPrecision())
            output = network.Module.Run(task.Batch.Scans, task.Batch.Masks[0], encoded, _heads, task.Replay);
        MctSegObjective.Compute(losses, options.Losses, output, task.Target, task.Batch.Available);
    }
}
