using Smml.MLNet.Networks;
using Smml.MLNet.Training;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.UNetMfi;

/// <summary>One pass of U-Net-MFI: the fused prediction with one mask, that of each U-Net, and the coarse ones, all of regions.</summary>
internal sealed class UNetMfiTraining(UNetMfiTrainerOptions options, UNetMfiNetwork network, RegionReadout regions, int classes)
    : SingleNetworkTraining(options, network, classes, PolyAdam.PlainGroup(options, network))
{
    protected override void Learn(Task task, LossSum losses)
    {
        UNetMfiModule.Output output;
        Tensor mask = task.Batch.Masks[0];
        using (BeginPrecision())
        {
            Tensor seen = UNetMfiModule.Seen(task.Batch.Scans, mask);
            Tensor[][] entered = network.Module.Enter(seen, task.Replay is null ? null : task.Replay.Run);
            output = network.Module.Run(entered, mask, withCoarse: options.Losses.CoarseWeight > 0);
        }

        UNetMfiObjective.Compute(losses, options.Losses, output, regions.Targets(task.Target.OneHot));
    }
}
