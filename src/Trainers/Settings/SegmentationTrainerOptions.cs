using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Smml.MLNet;

/// <summary>How a network is trained: what all methods share. Each method has a record of its own with
/// the published settings as defaults.</summary>
/// <remarks><c>options with { Epochs = 10 }</c> keeps the method and every other setting. Nothing
/// outside this library derives from it.</remarks>
public abstract record SegmentationTrainerOptions
{
    private protected SegmentationTrainerOptions()
    {
    }

    /// <summary>Passes over the training cases.</summary>
    /// <value>1 to 100000; default 1000, 300 for RFNet, 900 for M3AE, 1200 for U-Net-MFI, 250 for SMU-Net.</value>
    public int Epochs { get; init; } = 1000;

    /// <summary>Samples per pass; a step has <see cref="GradientAccumulation"/> passes.</summary>
    /// <value>1 to 256; default 2, and 1 for M3AE, U-Net-MFI, MCTSeg and SMU-Net.</value>
    public int BatchSize { get; init; } = 2;

    /// <summary>Passes per step. Their gradients are averaged before the weights move, so that more samples
    /// count than fit into memory at once.</summary>
    /// <value>1 to 64; default 1.</value>
    /// <remarks>Losses over a whole batch (Dice, and PBC and FRC of SMML) see one pass at a time, so two passes of
    /// one sample are not one pass of two.</remarks>
    public int GradientAccumulation { get; init; } = 1;

    /// <summary>Steps per epoch.</summary>
    /// <value>1 to 1000000; default null: cases / (batch size x gradient accumulation), rounded up. RFNet: 150.</value>
    public int? StepsPerEpoch { get; init; }

    /// <summary>Whether the encoders run a second time in the backward pass instead of keeping their activations, and freed memory returns
    /// to the system at once: less memory, more time, the same gradients.</summary>
    /// <value>Default false.</value>
    public bool RecomputeEncoders { get; init; }

    /// <summary>The numbers that networks compute with in training. Scoring always uses single precision.</summary>
    /// <value>Default <see cref="TrainingPrecision.Single"/>.</value>
    public TrainingPrecision Precision { get; init; }

    /// <summary>The optimizer.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>How patches are varied.</summary>
    public AugmentationOptions Augmentation { get; init; } = new();

    /// <summary>Which cases are read, and where they are kept.</summary>
    public CaseOptions Cases { get; init; } = new();

    /// <summary>What the training leaves behind besides the weights.</summary>
    public OutputOptions Output { get; init; } = new();

    /// <summary>Corrected, or as the released code behaves where the two differ in training.</summary>
    /// <value>Default <see cref="Fidelity.Corrected"/>.</value>
    public Fidelity Fidelity { get; init; }

    /// <summary>Seed of initialisation, patches, masks and dropout. On the CPU the same seed
    /// gives the same weights on one machine.</summary>
    /// <value>Default null: a seed from the <c>MLContext</c>.</value>
    public int? Seed { get; init; }

    /// <summary>The CUDA devices to train on: one id, or one for each network. Networks on two devices exchange
    /// predictions and features, no gradients.</summary>
    /// <value>Default null: <c>MLContext.GpuDeviceId</c>. If a device does not exist, <c>MLContext.FallbackToCpu</c> decides.</value>
    public IReadOnlyList<int>? GpuDeviceIds { get; init; }

    /// <summary>Whether the processes that <c>mpirun</c> or <c>srun</c> started train one model together; it needs an MPI library. A GPU id
    /// is then that of the first process of a node, and the next ones follow; <see cref="GpuDeviceIds"/> must be null.</summary>
    /// <value>Default null: every process trains by itself.</value>
    public DistributionOptions? Distribution { get; init; }

    /// <summary>Cases that training does not see, scored during training. They decide which epoch is the best, and their Dice for each of
    /// the 15 subsets goes into the model card.</summary>
    /// <value>Default null: none.</value>
    public ValidationSetOptions? Validation { get; init; }

    /// <summary>Where the state of training is kept, so that it can go on after it was ended.</summary>
    /// <value>Default null: it is not kept.</value>
    public CheckpointOptions? Checkpoints { get; init; }

    /// <summary>The model from whose weights training begins, of the same method and sizes; window and classes may be others. Position
    /// embeddings are interpolated for another window, what depends on the number of classes begins anew, and the log and the card tell
    /// which tensors were taken over.</summary>
    /// <value>Made by <c>ml.Segmentation.StartingFrom</c>; default null: fresh weights.</value>
    public StartingModel? StartFrom { get; init; }

    /// <summary>Whether the encoders that were taken over stay as they are. Needs <see cref="StartFrom"/>.</summary>
    /// <value>Default false.</value>
    public bool FreezeEncoders { get; init; }

    /// <summary>Receives a report after each training step.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Ends training between two steps. <c>Fit</c> then keeps a checkpoint, if <see cref="Checkpoints"/> asks for them, and
    /// returns a model with the weights of the best epoch; see <see cref="SegmentationTransformer.Training"/>. Before the first step there
    /// is no model: <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>The method that these options train.</summary>
    public MethodName Method => Network.Method;

    /// <summary>The method's network.</summary>
    internal abstract NetworkArchitecture Network { get; }

    /// <summary>The method's objective.</summary>
    internal abstract LossOptions Objective { get; }

    /// <summary>What only this method has besides network and objective, and what decides the weights.</summary>
    internal virtual IEnumerable<KeyValuePair<string, JsonNode?>> MethodSettings => [];

    /// <summary>The column with semantic cues; null for a method that reads none.</summary>
    internal virtual string? CueColumn => null;

    /// <summary>Whether training data without cues are an error.</summary>
    internal virtual bool CuesAreRequired => false;

    /// <summary>The first epoch, counted from 0, with the terms that begin after a warm-up; null for a method without such terms.</summary>
    internal virtual int? WarmUpEnd => null;

    /// <summary>How many networks train each other, each with a graph of its own, so that processes can share them.</summary>
    internal virtual int CoupledBranches => 1;

    /// <summary>The same options for another window.</summary>
    /// <param name="patch">The window in voxels; <see cref="Validate"/> says which sides the method's network can take.</param>
    public abstract SegmentationTrainerOptions WithPatch(VolumeShape patch);

    /// <summary>The same options with the sizes and the weights of a model to begin with; M3AE is then not pre-trained.</summary>
    /// <param name="model">A model of the same method.</param>
    /// <exception cref="ArgumentException">It is a model of another method.</exception>
    public SegmentationTrainerOptions WithStart(StartingModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Info.Method == Method ? WithNetwork(model.Info.Architecture) with { StartFrom = model } : throw new ArgumentException(
            $"The model is one of {model.Info.Method.Title}, and the options are those of {Method.Title}. Take the options of the model's "
            + "method.",
            nameof(model));
    }

    /// <summary>The same options with another network of the method.</summary>
    private protected abstract SegmentationTrainerOptions WithNetwork(NetworkArchitecture network);

    /// <summary>The settings in words, one group per line.</summary>
    public sealed override string ToString() => OptionsText.Describe(this);

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">One or more are out of range; the message lists them all.</exception>
    public void Validate()
    {
        string[] errors = [.. Errors()];
        if (errors.Length > 0)
        {
            string one = errors.Length == 1 ? " is" : "s are";
            throw new ArgumentException($"{GetType().Name}: {errors.Length} option{one} out of range.\n- {string.Join("\n- ", errors)}");
        }
    }

    /// <summary>The optimizer in words.</summary>
    internal virtual string DescribeOptimizer()
    {
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Adam with AMSGrad, learning rate {Optimizer.LearningRate:0.########} x (1 - epoch / {Epochs})^0.9, "
            + $"weight decay {Optimizer.WeightDecay:0.########}");
    }

    /// <summary>The losses in words, one group per line; <paramref name="text"/> takes the lines.</summary>
    internal abstract void DescribeObjective(StringBuilder text);

    /// <summary>The rules of the method's own options that are broken, as sentences.</summary>
    private protected virtual IEnumerable<string> MethodErrors() => [];

    private IEnumerable<string> Errors()
    {
        foreach (string error in Network is null
            ? ["Architecture is null; expected one of the method's named sizes or one of your own."]
            : Network.Errors())
            yield return error;
        if (Epochs is < 1 or > 100_000)
            yield return $"Epochs is {Epochs}; expected 1 to 100000.";
        if (BatchSize is < 1 or > 256)
            yield return $"BatchSize is {BatchSize}; expected 1 to 256.";
        if (GradientAccumulation is < 1 or > 64)
            yield return $"GradientAccumulation is {GradientAccumulation}; expected 1 to 64.";
        if (!Enum.IsDefined(Precision))
            yield return $"Precision is {Precision}; expected Single, BFloat16 or Auto.";
        if (StepsPerEpoch is < 1 or > 1_000_000)
            yield return $"StepsPerEpoch is {StepsPerEpoch}; expected 1 to 1000000, or null.";
        if (GpuDeviceIds is { } devices && (devices.Any(id => id < 0) || (devices.Count != 1 && devices.Count != Network?.NetworkCount)))
            yield return $"GpuDeviceIds is [{string.Join(", ", devices)}]; expected one id from 0 on, or one for each network, or null.";
        if (GpuDeviceIds is not null && Distribution is not null)
            yield return "GpuDeviceIds and Distribution are set; each process takes a GPU of its own, from MLContext.GpuDeviceId on. "
                + "Leave GpuDeviceIds out.";
        if (FreezeEncoders && StartFrom is null)
            yield return "FreezeEncoders is true, and StartFrom is null; fresh encoders must learn. Give a model to start from.";
        if (FreezeEncoders && RecomputeEncoders)
            yield return "FreezeEncoders and RecomputeEncoders are true; encoders that do not learn have no backward pass. Choose one.";
        IEnumerable<string> parts = (Optimizer?.Errors() ?? ["Optimizer is null; leave the default."])
            .Concat(Augmentation?.Errors() ?? ["Augmentation is null; use AugmentationOptions.None for no variation."])
            .Concat(Cases?.Errors() ?? ["Cases is null; leave the default."])
            .Concat(Output?.Errors() ?? ["Output is null; leave the default."])
            .Concat(Objective?.Errors() ?? ["Losses is null; leave the default."])
            .Concat(Validation?.Errors() ?? [])
            .Concat(Checkpoints?.Errors() ?? [])
            .Concat(Distribution?.Errors() ?? [])
            .Concat(MethodErrors());
        foreach (string error in parts)
            yield return error;
    }
}
