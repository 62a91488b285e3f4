namespace Smml.MLNet;

/// <summary>How SMML is trained. The defaults are the published settings (paper and released code).</summary>
public sealed class SmmlTrainerOptions
{
    /// <summary>The published settings.</summary>
    public SmmlTrainerOptions()
    {
    }

    internal SmmlTrainerOptions(SmmlTrainerOptions other)
    {
        Architecture = other.Architecture;
        Epochs = other.Epochs;
        BatchSize = other.BatchSize;
        GradientAccumulation = other.GradientAccumulation;
        RecomputeEncoders = other.RecomputeEncoders;
        Precision = other.Precision;
        StepsPerEpoch = other.StepsPerEpoch;
        LearningRate = other.LearningRate;
        WeightDecay = other.WeightDecay;
        ConsistencyStartEpoch = other.ConsistencyStartEpoch;
        Losses = other.Losses;
        Augmentation = other.Augmentation;
        LabelConvention = other.LabelConvention;
        Fidelity = other.Fidelity;
        Overlap = other.Overlap;
        Seed = other.Seed;
        CaseMemory = other.CaseMemory;
        CaseCacheFolder = other.CaseCacheFolder;
        Workers = other.Workers;
        Columns = other.Columns;
        CueColumnName = other.CueColumnName;
        RequireCues = other.RequireCues;
        OutputColumnName = other.OutputColumnName;
        Split = other.Split;
        GpuDeviceIds = other.GpuDeviceIds;
        Progress = other.Progress;
        Validation = other.Validation;
        LogFolder = other.LogFolder;
        DataDescription = other.DataDescription;
        Checkpoints = other.Checkpoints;
        CancellationToken = other.CancellationToken;
    }

    /// <summary>The settings of a published experiment: the paper's network and losses, 1000 epochs, batch 2, patches of 128^3, tau 6, pixel-level constraint and refinement
    /// consistency after epoch 100, Adam (AMSGrad) from 2e-4, seed 1024, and the published training cases (fold 1 of BraTS 2018; BraTS 2020; of BraTS 2015 no list was published:
    /// all cases). Source: the paper and its released code.</summary>
    /// <param name="edition">The data set.</param>
    /// <param name="fidelity">Corrected (default), or everything as the released code does, its quirks included; preprocessing has the same choice of its own.</param>
    public static SmmlTrainerOptions Paper(BraTS edition, Fidelity fidelity = Fidelity.Corrected) => PublishedSettings.Of(edition, fidelity);

    /// <summary>The same settings in words, a line a group.</summary>
    public override string ToString() => PublishedSettings.Describe(this);

    /// <summary>The network. Default <see cref="SmmlArchitecture.Paper"/>.</summary>
    public SmmlArchitecture Architecture { get; init; } = SmmlArchitecture.Paper;

    /// <summary>Passes over the training cases. Range 1 to 100000.</summary>
    public int Epochs { get; init; } = 1000;

    /// <summary>Samples a pass; a step has <see cref="GradientAccumulation"/> passes. Range 1 to 256.</summary>
    public int BatchSize { get; init; } = 2;

    /// <summary>Passes a step: their gradients are averaged before the weights move, so that more samples decide than fit into memory at once. Dice, PBC and FRC see one pass
    /// at a time, so two passes of one sample are not one of two. Range 1 (default) to 64.</summary>
    public int GradientAccumulation { get; init; } = 1;

    /// <summary>Whether the encoders run a second time in the backward pass instead of keeping their activations, and freed memory goes back to the system at once: less memory, more
    /// time, the same gradients. Default false.</summary>
    public bool RecomputeEncoders { get; init; }

    /// <summary>The numbers that networks compute with in training. Scoring is always in single precision.</summary>
    public TrainingPrecision Precision { get; init; }

    /// <summary>Steps an epoch; null (default) takes cases / (batch size x gradient accumulation), rounded up. Range 1 to 1000000.</summary>
    public int? StepsPerEpoch { get; init; }

    /// <summary>Initial learning rate of Adam (AMSGrad); it falls as (1 - epoch / epochs)^0.9. Range above 0 to 1.</summary>
    public double LearningRate { get; init; } = 2e-4;

    /// <summary>Coupled L2 decay. Range 0 to 1.</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>The first epoch (counted from 0) with the pixel-level constraint and the refinement consistency; null (default) takes a tenth of the
    /// epochs plus one, which is the released code's 101 for 1000 epochs.</summary>
    public int? ConsistencyStartEpoch { get; init; }

    /// <summary>The terms of the objective.</summary>
    public SmmlLossOptions Losses { get; init; } = new();

    /// <summary>How patches are varied.</summary>
    public AugmentationOptions Augmentation { get; init; } = new();

    /// <summary>The data set's labels; null (default) takes what the label volumes carry.</summary>
    public LabelConvention? LabelConvention { get; init; }

    /// <summary>Corrected (default) or the released code's behaviour, where they differ in training.</summary>
    public Fidelity Fidelity { get; init; }

    /// <summary>Overlap of neighbouring scoring windows as a share of the window; the paper uses 0.5. Range 0 to 0.9.</summary>
    public double Overlap { get; init; } = 0.5;

    /// <summary>Seed of initialisation, patches, masks and dropout; null takes one from the <c>MLContext</c>. On the CPU the same seed gives the same weights.</summary>
    public int? Seed { get; init; }

    /// <summary>Preprocessed cases are kept in memory while they fit this many bytes, the others in files (<see cref="CaseCacheFolder"/>). The weights are the same.
    /// 0 or more; default 4 GiB.</summary>
    public long CaseMemory { get; init; } = 4L << 30;

    /// <summary>The folder for the files of cases that do not fit <see cref="CaseMemory"/>; made where it is not there. The files hold voxels; only this process reads them, and
    /// they are gone when training ends, however it ends. Null (default) takes the system's folder for temporary files; name one on a disk where that one is in memory.</summary>
    public string? CaseCacheFolder { get; init; }

    /// <summary>Tasks that cut the patches of the steps to come, a step each, while one is computed; 0 cuts them in between. The weights are the same. Range 0 to 64; default 1.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Names of the volume columns.</summary>
    public VolumeColumns Columns { get; init; } = new();

    /// <summary>Name of the column with <see cref="SemanticCues"/>; where the data has no such column, the refinement network is off.</summary>
    public string CueColumnName { get; init; } = "Cues";

    /// <summary>Whether data without cues are an error; by default training goes on without the refinement network, and the log says so.</summary>
    public bool RequireCues { get; init; }

    /// <summary>Name of the column that scoring adds.</summary>
    public string OutputColumnName { get; init; } = "Segmentation";

    /// <summary>Told after every step.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>The CUDA devices to train on; null (default) takes <c>MLContext.GpuDeviceId</c>. With two ids branch 1 trains on the first device and branch 2 on the second;
    /// they exchange predictions and features, no gradients. Where a device is not there, <c>MLContext.FallbackToCpu</c> decides. One id, or one for each branch.</summary>
    public IReadOnlyList<int>? GpuDeviceIds { get; init; }

    /// <summary>Trains only on the rows whose column CaseId names a training case of the split; the others are not even read. Null (default) trains on every row.</summary>
    public BraTSSplit? Split { get; init; }

    /// <summary>Cases that training does not see, scored while it goes on; null (default) for none. They decide which epoch is the best, and their Dice with each of the 15
    /// subsets goes into the model's card.</summary>
    public ValidationSetOptions? Validation { get; init; }

    /// <summary>A folder for the course of training: TensorBoard events, <c>training.csv</c> and the picture <c>training.png</c>, brought up to date after each epoch; null
    /// (default) writes nothing. No case is named in them.</summary>
    public string? LogFolder { get; init; }

    /// <summary>What the training data are, for the model's card, for example <c>BraTS 2018, fold 1</c>; name no patient. Up to 2000 characters; null (default) leaves it out.</summary>
    public string? DataDescription { get; init; }

    /// <summary>Where the state of training is kept, so that it can go on after it was ended; null (default) keeps none.</summary>
    public CheckpointOptions? Checkpoints { get; init; }

    /// <summary>Ends training between two steps. <c>Fit</c> then keeps a checkpoint, where <see cref="Checkpoints"/> asks for them, and gives a model with the weights of the
    /// best epoch; see <see cref="SmmlTransformer.Training"/>. Before the first step there is no model to give: <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>The first epoch with the terms that begin after the warm-up.</summary>
    internal int ConsistencyStart => ConsistencyStartEpoch ?? (Epochs / 10) + 1;

    /// <summary>How validation cases are read: all of them, without cues, no checkpoint names them.</summary>
    internal SmmlTrainerOptions ForValidation() => new(this) { CueColumnName = "", RequireCues = false, Checkpoints = null, Split = null };

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">One or more are out of range; the message lists them all.</exception>
    public void Validate()
    {
        string[] errors = [.. Errors()];
        if (errors.Length > 0)
            throw new ArgumentException($"SmmlTrainerOptions: {errors.Length} option{(errors.Length == 1 ? " is" : "s are")} out of range.\n- {string.Join("\n- ", errors)}");
    }

    private IEnumerable<string> Errors()
    {
        if (Architecture is null)
            yield return "Architecture is null; expected SmmlArchitecture.Paper, SmmlArchitecture.Tiny or one of your own.";
        else
            foreach (string error in Architecture.Errors())
                yield return error;
        if (Epochs is < 1 or > 100_000)
            yield return $"Epochs is {Epochs}; expected 1 to 100000.";
        if (BatchSize is < 1 or > 256)
            yield return $"BatchSize is {BatchSize}; expected 1 to 256.";
        if (GradientAccumulation is < 1 or > 64)
            yield return $"GradientAccumulation is {GradientAccumulation}; expected 1 to 64.";
        if (!Enum.IsDefined(Precision))
            yield return $"Precision is {Precision}; expected Single or BFloat16.";
        if (StepsPerEpoch is < 1 or > 1_000_000)
            yield return $"StepsPerEpoch is {StepsPerEpoch}; expected 1 to 1000000, or null.";
        if (!(LearningRate is > 0 and <= 1))
            yield return FormattableString.Invariant($"LearningRate is {LearningRate}; expected above 0 to 1.");
        if (!(WeightDecay is >= 0 and <= 1))
            yield return FormattableString.Invariant($"WeightDecay is {WeightDecay}; expected 0 to 1.");
        if (ConsistencyStartEpoch is < 0)
            yield return $"ConsistencyStartEpoch is {ConsistencyStartEpoch}; expected 0 or more, or null.";
        if (!(Overlap is >= 0 and <= 0.9))
            yield return FormattableString.Invariant($"Overlap is {Overlap}; expected 0 to 0.9.");
        if (GpuDeviceIds is { } devices && (devices.Any(id => id < 0) || (devices.Count != 1 && devices.Count != Architecture?.BranchCount)))
            yield return $"GpuDeviceIds is [{string.Join(", ", devices)}]; expected one id from 0 on, or one for each branch, or null.";
        foreach (string error in Validation?.Errors() ?? [])
            yield return error;
        if (LogFolder is not null && string.IsNullOrWhiteSpace(LogFolder))
            yield return "LogFolder is empty; name a folder, or leave it out.";
        if (DataDescription is { Length: > 2000 })
            yield return $"DataDescription has {DataDescription.Length} characters; expected up to 2000.";
        if (CaseMemory < 0)
            yield return $"CaseMemory is {CaseMemory}; expected 0 or more bytes.";
        if (CaseCacheFolder is not null && string.IsNullOrWhiteSpace(CaseCacheFolder))
            yield return "CaseCacheFolder is empty; expected the name of a folder, or null.";
        if (Workers is < 0 or > 64)
            yield return $"Workers is {Workers}; expected 0 to 64.";
        List<string> columns = [];
        Columns.Validate(columns);
        foreach (string error in columns)
            yield return $"Columns: {error}.";
        if (Columns.Label is null)
            yield return "Columns.Label is null; training needs the label column.";
        if (string.IsNullOrEmpty(OutputColumnName))
            yield return "OutputColumnName is empty.";
        foreach (string error in (Losses ?? new()).Errors().Concat((Augmentation ?? new()).Errors()).Concat(Checkpoints?.Errors() ?? []))
            yield return error;
    }
}
