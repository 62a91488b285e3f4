namespace Smml.MLNet.CommandLine.Commands;

/// <summary>What the user set of a training; what is null takes the value that suits the architecture.</summary>
internal sealed class TrainingSettings
{
    // Small regions vanish from the coarse map of a small window, hence soft prototypes. The separate predictions (not in the paper's equation 13) are half of
    // a step's time on a CPU, which is better spent on twice the steps.
    private static readonly SmmlLossOptions s_tiny = new() { Prototypes = PrototypePooling.Soft, SeparateWeight = 0 };

    public required bool IsPaper { get; init; }

    /// <summary>The published experiment to repeat; null for none.</summary>
    public BraTS? Published { get; init; }

    public int? Seed { get; init; }

    public TrainingPrecision? Precision { get; init; }

    public int? Accumulate { get; init; }

    public bool Recompute { get; init; }

    public int? Workers { get; init; }

    public string? DataDescription { get; init; }

    public int? Epochs { get; init; }

    public int? Steps { get; init; }

    public int? Batch { get; init; }

    public VolumeShape? Patch { get; init; }

    public double? LearningRate { get; init; }

    /// <summary>The published settings for the published network; for the tiny one those that work well on small volumes.</summary>
    public SmmlTrainerOptions ToOptions(IProgress<TrainingProgress>? progress = null, TrainingOutputs? outputs = null, CancellationToken cancellationToken = default)
    {
        SmmlTrainerOptions published = Published is { } edition ? SmmlTrainerOptions.Paper(edition) : new();
        SmmlArchitecture architecture = IsPaper ? published.Architecture : SmmlArchitecture.Tiny;
        return new()
        {
            Architecture = Patch is { } patch ? architecture.WithPatch(patch) : architecture,
            Epochs = Epochs ?? (IsPaper ? published.Epochs : 120),
            BatchSize = Batch ?? published.BatchSize,
            StepsPerEpoch = Steps,
            LearningRate = LearningRate ?? (IsPaper ? published.LearningRate : 3e-3),
            Losses = IsPaper ? published.Losses : s_tiny,
            Augmentation = IsPaper ? published.Augmentation : new() { ForegroundSampling = 0.6 },
            Precision = Precision ?? published.Precision,
            GradientAccumulation = Accumulate ?? published.GradientAccumulation,
            RecomputeEncoders = Recompute,
            Workers = Workers ?? published.Workers,
            Seed = Seed ?? published.Seed ?? 1,
            DataDescription = DataDescription ?? published.DataDescription,
            Progress = progress,
            Checkpoints = outputs?.Checkpoints,
            LogFolder = outputs?.LogFolder,
            Validation = outputs?.Validation,
            CancellationToken = cancellationToken,
        };
    }
}

/// <summary>What a training keeps and looks at beside its cases.</summary>
internal sealed class TrainingOutputs
{
    public CheckpointOptions? Checkpoints { get; init; }

    public string? LogFolder { get; init; }

    public ValidationSetOptions? Validation { get; init; }
}

/// <summary>Options that come from a command line.</summary>
internal static class TrainingOptionsExtensions
{
    /// <summary>Checks options before any file is read.</summary>
    /// <exception cref="UsageException">One is out of its range.</exception>
    public static void CheckUsage(this SmmlTrainerOptions options)
    {
        try
        {
            options.Validate();
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message);
        }
    }
}
