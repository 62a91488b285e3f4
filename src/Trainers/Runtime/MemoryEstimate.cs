using Smml.MLNet.Networks;

namespace Smml.MLNet;

/// <summary>Roughly the memory that work needs, for messages; measured values are in docs/benchmarks.md.</summary>
internal static class MemoryEstimate
{
    // Bytes for each voxel of the window and base channel: what the backward pass of one branch keeps of a sample, and what a forward pass alone holds at once.
    private const double Kept = 1100, Passing = 100;

    /// <summary>A step of training on one device.</summary>
    public static long TrainingStep(SmmlTrainerOptions options, IReadOnlyList<SmmlBranch> branches)
    {
        long parameters = branches.Sum(branch => branch.Parameters.Sum(parameter => parameter.numel()));
        double activations = branches.Count * options.BatchSize * Kept * options.Architecture.Patch.Count * options.Architecture.BaseChannels;
        return (5 * sizeof(float) * parameters) + (long)activations; // weights, gradients, three moments of Adam
    }

    /// <summary>Scoring one window.</summary>
    public static long Window(SmmlArchitecture architecture, long weights) => (sizeof(float) * weights) + (long)(Passing * architecture.Patch.Count * architecture.BaseChannels);
}
