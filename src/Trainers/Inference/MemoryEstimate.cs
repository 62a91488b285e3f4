using Smml.MLNet.Networks;

namespace Smml.MLNet.Inference;

/// <summary>Roughly the memory that work needs, for messages; measured values are in docs/benchmarks.md.</summary>
internal static class MemoryEstimate
{
    /// <summary>A step of training on one device, in bytes.</summary>
    public static long TrainingStep(NetworkArchitecture architecture, int batchSize, IReadOnlyList<SegmentationNetwork> networks)
    {
        long parameters = networks.Sum(network => network.Parameters.Sum(parameter => parameter.numel()));
        double activations = networks.Count * batchSize * architecture.TrainingBytesPerVoxel * architecture.Patch.Count;
        return (5 * sizeof(float) * parameters) + (long)activations; // weights, gradients, three moments of Adam
    }

    /// <summary>Scoring one window, in bytes.</summary>
    public static long Window(NetworkArchitecture architecture, long weights) =>
        (sizeof(float) * weights) + (long)(architecture.ScoringBytesPerVoxel * architecture.Patch.Count);
}
