using Smml.MLNet.Networks;

namespace Smml.MLNet.Training;

/// <summary>Adam with the poly schedule.</summary>
internal static class PolyAdam
{
    /// <summary>One group with every parameter of a network, as the mmFormer family is trained: with AMSGrad.</summary>
    public static ParameterGroup Group(SegmentationTrainerOptions options, SegmentationNetwork network) => new(
        network.NamedParameters.Select(pair => ($"{network.Name}/{pair.Name}", pair.Parameter)),
        new(options.Optimizer.WeightDecay),
        epoch => Schedules.Poly(options.Optimizer.LearningRate, epoch, options.Epochs));

    /// <summary>One group with every parameter of a network, without AMSGrad and with rates that are not rounded.</summary>
    public static ParameterGroup PlainGroup(SegmentationTrainerOptions options, SegmentationNetwork network) => new(
        network.NamedParameters.Select(pair => ($"{network.Name}/{pair.Name}", pair.Parameter)),
        new(options.Optimizer.WeightDecay, AmsGrad: false),
        epoch => Schedules.ExactPoly(options.Optimizer.LearningRate, epoch, options.Epochs));
}
