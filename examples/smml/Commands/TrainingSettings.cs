namespace Smml.MLNet.CommandLine.Commands;

/// <summary>What the user set of a training; what is null takes the value that suits the method and the size.</summary>
internal sealed record TrainingSettings
{
    public required SegmentationMethod Method { get; init; }

    public required NetworkSize Size { get; init; }

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

    /// <summary>The model to begin with; null for fresh weights.</summary>
    public StartingModel? Start { get; init; }

    /// <summary>Whether its encoders stay as they are.</summary>
    public bool FreezeEncoders { get; init; }

    /// <summary>The students of SMU-Net.</summary>
    public StudentPatterns? Patterns { get; init; }

    /// <summary>The options of the method.</summary>
    public SegmentationTrainerOptions ToOptions()
    {
        SegmentationTrainerOptions options = Published is { } edition ? Method.CreatePaperOptions(edition) : Method.CreateOptions(Size);
        if (Start is { } start)
            options = options.WithStart(start) with { FreezeEncoders = FreezeEncoders };
        if (Patch is { } patch)
            options = options.WithPatch(patch);
        if (Patterns is { } patterns)
        {
            options = options is SmuNetTrainerOptions own
                ? own with { Architecture = own.Architecture with { Patterns = patterns } }
                : throw new UsageException($"--patterns names the students of smunet; the method is {Method.Name.Key}. Leave it out.");
        }

        return options with
        {
            Epochs = Epochs ?? options.Epochs,
            BatchSize = Batch ?? options.BatchSize,
            StepsPerEpoch = Steps ?? options.StepsPerEpoch,
            Optimizer = options.Optimizer with { LearningRate = LearningRate ?? options.Optimizer.LearningRate },
            Precision = Precision ?? options.Precision,
            GradientAccumulation = Accumulate ?? options.GradientAccumulation,
            RecomputeEncoders = Recompute,
            // the command line finds the cases of a split itself
            Cases = options.Cases with { Split = null, Workers = Workers ?? options.Cases.Workers },
            Output = options.Output with { DataDescription = DataDescription ?? options.Output.DataDescription },
            Seed = Seed ?? options.Seed ?? 1,
        };
    }
}

/// <summary>Options that come from a command line.</summary>
internal static class TrainingOptionsExtensions
{
    /// <summary>Checks options before any file is read.</summary>
    /// <exception cref="UsageException">One is out of its range.</exception>
    public static void CheckUsage(this SegmentationTrainerOptions options)
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
