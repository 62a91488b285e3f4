using Microsoft.ML;

namespace Smml.MLNet.Studies;

/// <summary>What a study trains on, and what it keeps.</summary>
internal sealed record StudyPlan
{
    /// <summary>What comes before the trainers.</summary>
    public required IEstimator<ITransformer> Preparation { get; init; }

    /// <summary>Rows with the columns of <see cref="BraTSCase"/> to train on.</summary>
    public required IDataView Training { get; init; }

    /// <summary>Rows with the columns of <see cref="BraTSCase"/>, labels included, that no entry sees in training.</summary>
    public required IDataView HeldOut { get; init; }

    /// <summary>How each entry is measured; column name, progress and token are set by the study.</summary>
    public required EvaluationOptions Evaluation { get; init; }

    /// <summary>Where models and scores are kept; null keeps nothing.</summary>
    public string? Folder { get; init; }

    /// <summary>Makes cues for the entries that use them; null if the preparation does, or none uses them.</summary>
    public ICueProvider? CueProvider { get; init; }

    /// <summary>Says where the cues come from.</summary>
    public string CueSource { get; init; } = "";

    /// <summary>Whether the time and memory of scoring single cases are measured.</summary>
    public bool MeasuresCost { get; init; }

    /// <summary>Called with the results so far after each entry.</summary>
    public Action<IReadOnlyList<StudyResult>>? EntryDone { get; init; }

    /// <summary>Receives where the study stands.</summary>
    public Action<StudyProgress>? Progress { get; init; }

    /// <summary>Ends the study between two steps.</summary>
    public CancellationToken CancellationToken { get; init; }
}
