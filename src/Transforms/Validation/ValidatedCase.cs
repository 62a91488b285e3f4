using Smml.MLNet.Cases;

namespace Smml.MLNet;

/// <summary>A case as the checks saw it.</summary>
public sealed class ValidatedCase
{
    internal ValidatedCase()
    {
    }

    /// <summary>The case.</summary>
    public required string CaseId { get; init; }

    /// <summary>The scans that the case names, readable or not.</summary>
    public required ModalitySet Modalities { get; init; }

    /// <summary>Which file is read as which scan.</summary>
    public IReadOnlyDictionary<Modality, string> ScanPaths =>
        Source.Modalities.ToDictionary(modality => modality, modality => Source.PathOf(modality));

    /// <summary>Which file is read as the label; null without one.</summary>
    public string? LabelPath => string.IsNullOrEmpty(Source.LabelPath) ? null : Source.LabelPath;

    /// <summary>The volume files of the case that are not used, each with the reason behind it where its name gives one; see
    /// <see cref="BraTSCase.UnusedFiles"/>.</summary>
    public IReadOnlyList<string> UnusedFiles => CaseFileText.UnusedOf(Source);

    /// <summary>The row.</summary>
    internal BraTSCase Source { get; init; } = new();

    /// <summary>The grid of the first file that could be read, as it is stored; null when none could be.</summary>
    public required VolumeGrid? Grid { get; init; }

    /// <summary>The share of each readable scan that is tissue, 0 to 1; of a skull-stripped BraTS file 0.13 to
    /// 0.18, of one cropped to the brain 0.5.</summary>
    public required IReadOnlyDictionary<Modality, double> TissueFractions { get; init; }

    /// <summary>The name of the label convention; null when unknown.</summary>
    public required string? LabelConvention { get; init; }

    /// <summary>How many voxels of the label file have each value, values ascending; empty without a readable label. Values are rounded to
    /// whole numbers where they are that but for 0.001.</summary>
    public required IReadOnlyDictionary<float, long> LabelVoxels { get; init; }

    /// <summary>Everything that the checks found, in their order.</summary>
    public required IReadOnlyList<ValidationFinding> Findings { get; init; }

    /// <summary>Whether the case can be used.</summary>
    public ValidationVerdict Verdict => Findings.Any(finding => finding.Severity == FindingSeverity.Error) ? ValidationVerdict.Refused
        : Findings.Count > 0 ? ValidationVerdict.Warning : ValidationVerdict.Ok;
}
