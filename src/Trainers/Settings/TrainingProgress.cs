namespace Smml.MLNet;

/// <summary>Where training stands after a step.</summary>
public sealed class TrainingProgress
{
    /// <summary>The current epoch, counted from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>How many epochs there are.</summary>
    public required int Epochs { get; init; }

    /// <summary>The step within the epoch, counted from 1.</summary>
    public required int Step { get; init; }

    /// <summary>How many steps an epoch has.</summary>
    public required int StepsPerEpoch { get; init; }

    /// <summary>The learning rate of this epoch.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Time since training began.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The time that the remaining steps take at the pace so far.</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>After the last step of an epoch: the mean of each loss term over the epoch, unweighted. Empty after other steps.</summary>
    public required IReadOnlyList<LossValue> EpochLosses { get; init; }

    /// <summary>After the last step of an epoch at whose end the validation cases were scored: how the
    /// networks do on them. Null otherwise.</summary>
    public ValidationScores? Validation { get; init; }

    /// <summary>The share of training that is done, 0 to 1.</summary>
    public double Fraction => (((Epoch - 1.0) * StepsPerEpoch) + Step) / ((double)Epochs * StepsPerEpoch);
}
