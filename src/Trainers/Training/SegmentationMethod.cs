using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet;

/// <summary>A named size of a method's network.</summary>
public enum NetworkSize
{
    /// <summary>As published.</summary>
    Paper,

    /// <summary>The same shape, small enough to train on a CPU in minutes.</summary>
    Tiny,
}

/// <summary>A published method: what it brings to the trainers, the zips and the command line. <see cref="SegmentationMethods.All"/> lists them.</summary>
public abstract class SegmentationMethod
{
    private protected SegmentationMethod()
    {
    }

    /// <summary>How the method is named.</summary>
    public abstract MethodName Name { get; }

    /// <summary>The published settings, with a network of a named size.</summary>
    public abstract SegmentationTrainerOptions CreateOptions(NetworkSize size = NetworkSize.Paper);

    /// <summary>The published settings of an experiment, training cases included.</summary>
    /// <param name="edition">The data set.</param>
    /// <param name="fidelity">Corrected, or as the released code behaves.</param>
    public abstract SegmentationTrainerOptions CreatePaperOptions(BraTS edition, Fidelity fidelity = Fidelity.Corrected);

    /// <inheritdoc/>
    public override string ToString() => Name.Title;

    /// <summary>The record of the method's options.</summary>
    internal abstract Type OptionsType { get; }

    /// <summary>The record of the method's network.</summary>
    internal abstract Type ArchitectureType { get; }

    /// <summary>The record of the method's objective.</summary>
    internal abstract Type LossType { get; }

    /// <summary>Networks with fresh weights and without what only training needs.</summary>
    internal abstract IReadOnlyList<SegmentationNetwork> CreateNetworks(NetworkArchitecture architecture, int classes);

    /// <summary>A training with fresh weights; libtorch's random stream has its seed already.</summary>
    internal abstract TrainingMethod CreateTraining(SegmentationTrainerOptions options, TrainingSetup setup);
}
