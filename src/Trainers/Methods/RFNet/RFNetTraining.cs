using Smml.MLNet.Training;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>One pass of RFNet: the fused prediction with one mask, each modality's own prediction and the region maps.</summary>
internal sealed class RFNetTraining(RFNetTrainerOptions options, RFNetNetwork network, int classes)
    : SingleNetworkTraining(options, network, classes)
{
    protected override void Learn(Task task, LossSum losses)
    {
        bool withSeparate = options.Losses.SeparateWeight > 0;
        ModalitySet encoded = withSeparate ? ModalitySet.All : SeenEncoders.Of(task.Samples, 0, Optimizer, network.Module.ParametersOf);
        RegionFusionDecoder.Output output;
        Tensor[] separate;
        using (BeginPrecision())
        {
            RFNetModule.Encoding encoding = network.Module.Encode(task.Batch.Scans, encoded, task.Replay is null ? null : task.Replay.Run);
            output = network.Module.Decode(encoding, task.Batch.Masks[0], withMaps: options.Losses.RegionMapWeight > 0);
            separate = withSeparate ? network.Module.Separate(encoding) : [];
        }

        bool fusionStarted = task.Epoch >= options.WarmUpEnd;
        RFNetObjective.Compute(losses, options.Losses, output, separate, task.Target, task.Batch.Available, fusionStarted);
    }
}
