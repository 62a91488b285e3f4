using System.Text.Json.Serialization;

namespace Smml.MLNet;

/// <summary>Why a training ended.</summary>
public enum StopReason
{
    /// <summary>All epochs were done.</summary>
    Completed,

    /// <summary>The token of the options was cancelled.</summary>
    Cancelled,

    /// <summary>The weights were trained elsewhere and imported.</summary>
    Imported,
}

/// <summary>How a training ended.</summary>
public sealed record TrainingResult
{
    /// <summary>Why it ended.</summary>
    public required StopReason StopReason { get; init; }

    /// <summary>Epochs that were finished, also by earlier processes.</summary>
    public required int EpochsDone { get; init; }

    /// <summary>Steps that were done, also by earlier processes.</summary>
    public required long StepsDone { get; init; }

    /// <summary>The epoch, counted from 1, with the highest mean Dice of the validation cases; without such cases the one with the lowest
    /// mean segmentation loss on its own training patches, which says how well those were learnt, not how well the model does on others.
    /// Null where no epoch was compared.</summary>
    public required int? BestEpoch { get; init; }

    /// <summary>The epoch, counted from 1, at whose end the model's weights were taken: the last one of a completed training,
    /// <see cref="BestEpoch"/> of a cancelled one and where <see cref="ValidationSetOptions.UseBestWeights"/> asks for it; null where they
    /// are those of the last step, because no epoch was finished or its weights are not at hand any more.</summary>
    public required int? WeightsEpoch { get; init; }

    /// <summary>Whether training went on from a checkpoint.</summary>
    public required bool Resumed { get; init; }

    /// <summary>The cases that could not be used, each with the reason. They are not saved with
    /// the model, because they name patients.</summary>
    [JsonIgnore]
    public IReadOnlyList<CaseWarning> Refused { get; internal init; } = [];

    internal TrainingResult WithRefused(IReadOnlyList<CaseWarning> refused) => this with { Refused = refused };
}
