namespace Smml.MLNet.Training;

/// <summary>What decides the samples of a training.</summary>
internal sealed record FeedSettings
{
    /// <summary>The network's window.</summary>
    public required VolumeShape Patch { get; init; }

    /// <summary>Samples per step, over all passes.</summary>
    public required int SamplesPerStep { get; init; }

    public required int StepsPerEpoch { get; init; }

    public required int Epochs { get; init; }

    /// <summary>The first epochs, whose patches are placed anywhere in the case and not varied.</summary>
    public int PlainEpochs { get; init; }

    /// <summary>Decides everything that is random.</summary>
    public required int Seed { get; init; }

    /// <summary>How many masks a sample needs.</summary>
    public int Masks { get; init; } = 1;

    /// <summary>The subsets that a sample may be shown with.</summary>
    public IReadOnlyList<ModalitySet> MaskChoices { get; init; } = ModalitySet.TrainingMasks;

    /// <summary>Whether samples carry semantic cues.</summary>
    public bool WithCues { get; init; }

    /// <summary>How patches are varied.</summary>
    public AugmentationOptions Augmentation { get; init; } = new();

    /// <summary>Rotated-in corners take the background value, or -1 as in the released code.</summary>
    public Fidelity Fidelity { get; init; }

    /// <summary>How many steps are cut ahead, one task each; 0 cuts them when they are asked for.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>The feed of a training.</summary>
    public static FeedSettings Of(SegmentationTrainerOptions options, TrainingMethod method, int stepsPerEpoch, int seed) => new()
    {
        Patch = options.Network.Patch,
        SamplesPerStep = options.BatchSize * options.GradientAccumulation,
        StepsPerEpoch = stepsPerEpoch,
        Epochs = options.Epochs,
        PlainEpochs = method.PretrainingEpochs,
        Seed = seed,
        Masks = method.MasksPerSample,
        MaskChoices = method.Masks,
        WithCues = method.UsesCues,
        Augmentation = options.Augmentation,
        Fidelity = options.Fidelity,
        Workers = options.Cases.Workers,
    };
}
