using Smml.MLNet.Networks;

namespace Smml.MLNet.Training;

/// <summary>The optimizer of the mmFormer family: Adam with AMSGrad and the poly schedule.</summary>
internal static class PolyAdam
{
    /// <summary>One group with every parameter of a network.</summary>
    public static ParameterGroup Group(SegmentationTrainerOptions options, SegmentationNetwork network) => new(
        network.NamedParameters.Select(pair => ($"{network.Name}/{pair.Name}", pair.Parameter)),
        new(options.Optimizer.WeightDecay),
        epoch => Schedules.Poly(options.Optimizer.LearningRate, epoch, options.Epochs));
}
