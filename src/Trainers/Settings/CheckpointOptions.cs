namespace Smml.MLNet;

/// <summary>Where and how often a training keeps its state, so that it can go on after it was ended.</summary>
/// <remarks>The folder belongs to one training at a time. It holds <c>latest.smmlckpt</c>, the one before it (<c>previous.smmlckpt</c>),
/// <c>best.smmlckpt</c> (the epoch with the lowest mean segmentation loss on its own training patches) and, once training is done,
/// <c>final.smmlckpt</c> in place of the first two.</remarks>
public sealed record CheckpointOptions
{
    /// <summary>The folder; it is made if it does not exist.</summary>
    public required string Folder { get; init; }

    /// <summary>Whether to go on from the checkpoint in the folder. If there is none, training starts anew and the log says so. Without it
    /// a folder that holds a checkpoint is refused, so that no work is overwritten.</summary>
    /// <value>Default false.</value>
    public bool Resume { get; init; }

    /// <summary>The number of epochs between two checkpoints.</summary>
    /// <value>1 to 100000; default 1.</value>
    public int EveryEpochs { get; init; } = 1;

    /// <summary>The number of steps between two further checkpoints.</summary>
    /// <value>1 to 1000000000; default null: none.</value>
    public int? EverySteps { get; init; }

    /// <summary>The longest time between two checkpoints, also within an epoch.</summary>
    /// <value>Above 0; default 10 minutes.</value>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The clock of <see cref="Interval"/>.</summary>
    /// <value>Default: the clock of the system.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The same in a folder within the folder, for one of several trainings.</summary>
    internal CheckpointOptions Within(string name) => this with { Folder = Path.Combine(Folder, name) };

    /// <summary>Every rule that the values break, as sentences.</summary>
    internal IEnumerable<string> Errors()
    {
        if (string.IsNullOrWhiteSpace(Folder))
            yield return "Checkpoints.Folder is empty; name the folder that keeps the checkpoints of this training.";
        if (EveryEpochs is < 1 or > 100_000)
            yield return $"Checkpoints.EveryEpochs is {EveryEpochs}; expected 1 to 100000.";
        if (EverySteps is < 1 or > 1_000_000_000)
            yield return $"Checkpoints.EverySteps is {EverySteps}; expected 1 to 1000000000, or null.";
        if (Interval <= TimeSpan.Zero)
            yield return $"Checkpoints.Interval is {Interval}; expected more than 0.";
        if (TimeProvider is null)
            yield return "Checkpoints.TimeProvider is null; leave it out for the system's clock.";
    }
}
