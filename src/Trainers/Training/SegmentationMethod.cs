using Smml.MLNet.Networks;
using Smml.MLNet.Onnx;
using Smml.MLNet.Training;
using static TorchSharp.torch;

namespace Smml.MLNet;

/// <summary>A named size of a method's network.</summary>
public enum NetworkSize
{
    /// <summary>As published.</summary>
    Paper,

    /// <summary>The same shape, small enough to train on a CPU in minutes.</summary>
    Tiny,
}

/// <summary>A published method: what it brings to the trainers, the zips and the command line.
/// <see cref="SegmentationMethods.All"/> lists them.</summary>
public abstract class SegmentationMethod
{
    private protected SegmentationMethod()
    {
    }

    /// <summary>How the method is named.</summary>
    public abstract MethodName Name { get; }

    /// <summary>How the method was published to scale intensities. Models that are trained here take what their chain gives them; weights
    /// of the released code need this one.</summary>
    public virtual IntensityScaling PublishedScaling => IntensityScaling.ZScore;

    /// <summary>Whether the networks of the method are also graphs of ONNX: its models can be saved as such, and onnxruntime scores them.
    /// SMML, mmFormer and RFNet have graphs.</summary>
    public bool HasGraphs => CreateGraph(CreateOptions().Network, LabelConvention.BraTS2018) is not null;

    /// <summary>The published settings with the published network; with the tiny one, settings that suit small volumes on a CPU.</summary>
    /// <param name="size">The size of the network.</param>
    /// <param name="fidelity">Corrected, or as the released code behaves.</param>
    public abstract SegmentationTrainerOptions CreateOptions(NetworkSize size = NetworkSize.Paper, Fidelity fidelity = Fidelity.Corrected);

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

    /// <summary>Settings that suit a tiny network on small volumes: fewer epochs, larger steps, most patches around the tumour.</summary>
    private protected static TOptions ForSmallVolumes<TOptions>(TOptions options)
        where TOptions : SegmentationTrainerOptions => options with
        {
            Epochs = 120,
            StepsPerEpoch = null,
            Optimizer = options.Optimizer with { LearningRate = 3e-3 },
            Augmentation = options.Augmentation with { ForegroundSampling = 0.6 },
        };

    /// <summary>How the released code keeps the weights.</summary>
    internal abstract WeightLayout Weights { get; }

    /// <summary>Networks with fresh weights.</summary>
    /// <param name="architecture">The sizes.</param>
    /// <param name="labels">The classes of the training data.</param>
    /// <param name="complete">Whether they have the parts that only training needs.</param>
    internal abstract IReadOnlyList<SegmentationNetwork> CreateNetworks(
        NetworkArchitecture architecture, LabelConvention labels, bool complete = false);

    /// <summary>The network as graphs of ONNX; each of a model's networks has the same.</summary>
    /// <param name="architecture">The sizes.</param>
    /// <param name="labels">The classes of the training data.</param>
    /// <returns>Null for a method that cannot be saved as ONNX.</returns>
    internal abstract NetworkGraph? CreateGraph(NetworkArchitecture architecture, LabelConvention labels);

    /// <summary>A training with fresh weights; libtorch's random stream has its seed already.</summary>
    internal abstract TrainingMethod CreateTraining(SegmentationTrainerOptions options, TrainingSetup setup);
}

/// <summary>A method whose records are known by type.</summary>
/// <typeparam name="TOptions">The record of the method's options.</typeparam>
/// <typeparam name="TArchitecture">The record of the method's network.</typeparam>
/// <typeparam name="TLosses">The record of the method's objective.</typeparam>
internal abstract class SegmentationMethod<TOptions, TArchitecture, TLosses> : SegmentationMethod
    where TOptions : SegmentationTrainerOptions
    where TArchitecture : NetworkArchitecture
    where TLosses : LossOptions
{
    internal sealed override Type OptionsType => typeof(TOptions);

    internal sealed override Type ArchitectureType => typeof(TArchitecture);

    internal sealed override Type LossType => typeof(TLosses);

    internal sealed override IReadOnlyList<SegmentationNetwork> CreateNetworks(
        NetworkArchitecture architecture, LabelConvention labels, bool complete = false) =>
        Networks((TArchitecture)architecture, labels, complete);

    internal sealed override NetworkGraph? CreateGraph(NetworkArchitecture architecture, LabelConvention labels) =>
        Graph((TArchitecture)architecture, labels);

    internal sealed override TrainingMethod CreateTraining(SegmentationTrainerOptions options, TrainingSetup setup) =>
        Training((TOptions)options, setup);

    /// <inheritdoc cref="CreateNetworks"/>
    protected abstract IReadOnlyList<SegmentationNetwork> Networks(TArchitecture architecture, LabelConvention labels, bool complete);

    /// <inheritdoc cref="CreateGraph"/>
    protected virtual NetworkGraph? Graph(TArchitecture architecture, LabelConvention labels) => null;

    /// <inheritdoc cref="CreateTraining"/>
    protected abstract TrainingMethod Training(TOptions options, TrainingSetup setup);

    /// <summary>Puts a network on its device, to be trained. Optimizers are made afterwards, because moving replaces parameters.</summary>
    protected static void Prepare(SegmentationNetwork network, Device device)
    {
        network.To(device);
        network.Train(true);
    }
}
