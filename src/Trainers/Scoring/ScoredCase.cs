using System.Text.Json.Serialization;

namespace Smml.MLNet;

/// <summary>A case that was segmented.</summary>
public sealed record ScoredCase
{
    /// <summary>The case.</summary>
    public required string CaseId { get; init; }

    /// <summary>The scans that the model saw.</summary>
    public required ModalitySet Modalities { get; init; }

    /// <summary>Volume of each region that the model's labels have, in mL.</summary>
    public required IReadOnlyDictionary<ScoredRegion, double> Millilitres { get; init; }

    /// <summary>How far the two branches agree; null where <see cref="ScoringOptions.Uncertainty"/> did not ask.</summary>
    public BranchAgreement? Agreement { get; init; }

    /// <summary>Whether a person should look at the case, because the branches agree less than <see cref="ScoringOptions.ReviewBelow"/> or
    /// no tumour was found; null where it is not known.</summary>
    [JsonIgnore]
    public bool? NeedsReview { get; private init; }

    /// <summary>The files that were written, by name in the folder: the segmentation first, then the map of disagreement.</summary>
    public required IReadOnlyList<ScoredFile> Files { get; init; }

    /// <summary>What is odd about the scans.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>What the case took, stage by stage; null for a case that an earlier run had done.</summary>
    [JsonIgnore]
    public CaseSeconds? Seconds { get; init; }

    /// <summary>The segmentation's file.</summary>
    [JsonIgnore]
    public ScoredFile Segmentation => Files[0];

    /// <summary>Whether a person should look at a case: two branches that find nothing agree on it, which proves
    /// little about a patient with a tumour.</summary>
    internal static bool Needs(double agreement, double wholeTumorMillilitres, double threshold) =>
        agreement < threshold || wholeTumorMillilitres == 0;

    /// <summary>The same case, judged by a threshold.</summary>
    internal ScoredCase WithReview(double threshold) => this with
    {
        NeedsReview = Agreement is { } agreement ? Needs(agreement.Score, Millilitres[ScoredRegion.WholeTumor], threshold) : null,
    };
}

/// <summary>What a case took, in seconds of wall time. Reading and preparing go on while the case before is computed, and writing while the
/// next one is.</summary>
/// <param name="Reading">From files to volumes.</param>
/// <param name="Preparation">Cropping, resampling, normalisation.</param>
/// <param name="Network">The networks, window by window.</param>
/// <param name="Writing">The files of the result, and their record.</param>
public sealed record CaseSeconds(double Reading, double Preparation, double Network, double Writing);

/// <summary>A file that was written.</summary>
/// <param name="Name">Its name in the folder.</param>
/// <param name="Sha256">SHA-256 of its bytes, lower-case hexadecimal.</param>
public sealed record ScoredFile(string Name, string Sha256);
