using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>One step of any method: gradients are forgotten, passes add to them, and the last pass moves the weights.</summary>
internal static class TrainingStep
{
    /// <summary>Learns from the samples.</summary>
    /// <param name="method">What is trained.</param>
    /// <param name="samples">As many as the batches of all passes hold.</param>
    /// <param name="batchSize">Samples per pass.</param>
    /// <param name="epoch">Counted from 0.</param>
    /// <param name="losses">Where the terms are added.</param>
    public static void Run(TrainingMethod method, IReadOnlyList<TrainingSample> samples, int batchSize, int epoch, EpochLosses losses)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (ParameterGroup group in method.Groups)
            group.Optimizer.ZeroGradients();
        TrainingSample[][] passes = [.. samples.Chunk(batchSize)];
        for (int pass = 0; pass < passes.Length; pass++)
            method.Run(new(passes[pass], epoch, passes.Length, IsLast: pass + 1 == passes.Length, losses));
    }
}
