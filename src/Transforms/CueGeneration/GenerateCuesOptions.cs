using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Options of <c>GenerateCues</c>.</summary>
public sealed record GenerateCuesOptions
{
    /// <summary>The columns to read: the scans, and the label, which must be there.</summary>
    public VolumeColumns Columns { get; init; } = new();

    /// <summary>The text column with the name of the case; null where the data have none: cases are then named after their label files.</summary>
    public string? CaseIdColumnName { get; init; } = nameof(BraTSCase.CaseId);

    /// <summary>The volume column with a prediction that <see cref="PredictionCentreClick"/> takes its clicks from; null (default) where there is none.</summary>
    public string? PredictionColumnName { get; init; }

    /// <summary>The column to write, of <see cref="SemanticCues"/>; the trainer reads <c>Cues</c> by default.</summary>
    public string CueColumnName { get; init; } = "Cues";

    /// <summary>Stops the work between two cases.</summary>
    public CancellationToken CancellationToken { get; init; }

    internal void Validate() => StageOptions.Check(
        nameof(GenerateCuesOptions),
        Columns,
        (Columns.Label is null, "Columns.Label is null, expected the label column: cues are made for training"),
        (CaseIdColumnName?.Trim().Length == 0, "CaseIdColumnName is empty, expected a column or null"),
        (PredictionColumnName?.Trim().Length == 0, "PredictionColumnName is empty, expected a column or null"),
        (string.IsNullOrWhiteSpace(CueColumnName), "CueColumnName is empty"));
}
