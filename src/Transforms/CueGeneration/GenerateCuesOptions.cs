using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Options of <c>GenerateCues</c>.</summary>
public sealed record GenerateCuesOptions
{
    /// <summary>The columns to read: the scans and the label, which must be there.</summary>
    /// <value>Default: the names of the modalities, and <c>Label</c>.</value>
    public VolumeColumns Columns { get; init; } = new();

    /// <summary>The text column with the name of the case.</summary>
    /// <value>Default: <c>CaseId</c>. Null if the data have none: cases are then named after their label files.</value>
    public string? CaseIdColumnName { get; init; } = nameof(BraTSCase.CaseId);

    /// <summary>The volume column with a prediction, from which <see cref="PredictionCentreClick"/> takes its clicks.</summary>
    /// <value>Null (default) if there is none.</value>
    public string? PredictionColumnName { get; init; }

    /// <summary>The column to write, of type <see cref="SemanticCues"/>.</summary>
    /// <value>Default: <c>Cues</c>, the column that the trainer reads by default.</value>
    public string CueColumnName { get; init; } = "Cues";

    /// <summary>Stops the work between two cases.</summary>
    /// <value>Default: a token that is never cancelled.</value>
    public CancellationToken CancellationToken { get; init; }

    internal void Validate() => StageOptions.Check(
        nameof(GenerateCuesOptions),
        Columns,
        (Columns.Label is null, "Columns.Label is null, expected the label column: cues are made for training"),
        (CaseIdColumnName?.Trim().Length == 0, "CaseIdColumnName is empty, expected a column or null"),
        (PredictionColumnName?.Trim().Length == 0, "PredictionColumnName is empty, expected a column or null"),
        (string.IsNullOrWhiteSpace(CueColumnName), "CueColumnName is empty"));
}
