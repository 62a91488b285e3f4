namespace Smml.MLNet;

/// <summary>An epoch of a training, for curves.</summary>
public sealed class TrainingEpoch
{
    /// <summary>Counted from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>The learning rate of its steps.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The mean of each loss term over its steps, unweighted.</summary>
    public required IReadOnlyList<LossValue> Losses { get; init; }

    /// <summary>How the networks did on the validation cases at its end; null where they were not scored.</summary>
    public ValidationScores? Validation { get; init; }

    /// <summary>Seconds of training up to its end, in all processes, validation included.</summary>
    public required double Seconds { get; init; }

    /// <summary>The segmentation loss of the fused prediction, mean over the networks: the one term
    /// that means the same in every epoch. Null for an epoch of pre-training, in which nothing learns to segment.</summary>
    internal double? SegmentationLoss =>
        Losses.Where(term => term.Role == LossRole.Segmentation).Select(term => (double?)term.Value).Average();
}
