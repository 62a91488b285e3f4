namespace Smml.MLNet;

/// <summary>What is evaluated.</summary>
public sealed class EvaluationOptions
{
    /// <summary>The modality subsets that every case is scored with; default the 15 of the paper's Table 1. A case is not scored with a subset that it does not have.</summary>
    public IReadOnlyList<ModalitySet> Subsets { get; init; } = ModalitySet.Subsets;

    /// <summary>How a missing scan is simulated; it is part of the report.</summary>
    public EvaluationProtocol Protocol { get; init; }

    /// <summary>How volumes are scored window by window; the defaults are the released code's.</summary>
    public SlidingWindowOptions Windows { get; init; } = new();

    /// <summary>Which of the cases; all by default. The work of several shards comes together in <see cref="RecordFolder"/>.</summary>
    public Shard Shard { get; init; }

    /// <summary>A folder that keeps what was found about each case, a file a case; null keeps nothing. An evaluation takes the cases that it holds from there, where model, options and the case's
    /// files are the same and the record's hash verifies, and scores the others: so it goes on after it was stopped, and brings shards together with the numbers that one process gives.</summary>
    public string? RecordFolder { get; init; }

    /// <summary>Whether cases are scored again that <see cref="RecordFolder"/> already holds.</summary>
    public bool Again { get; init; }

    /// <summary>Where relative label paths begin; null for the current folder.</summary>
    public string? RootDirectory { get; init; }

    /// <summary>Name of the column that the model adds.</summary>
    public string OutputColumnName { get; init; } = "Segmentation";

    /// <summary>A predicted enhancing tumour of fewer voxels counts as none in <see cref="ScoredRegion.EnhancingTumorPostprocessed"/>; the field's rule is 500. Range 0 and up.</summary>
    public int MinimumEnhancingVoxels { get; init; } = 500;

    /// <summary>What is measured; Dice is always among it.</summary>
    public SegmentationMetric Metrics { get; init; } = SegmentationMetric.Dice | SegmentationMetric.Hd95 | SegmentationMetric.Sensitivity | SegmentationMetric.Precision | SegmentationMetric.Volume;

    /// <summary>What a region scores that is not there.</summary>
    public EmptyRegion EmptyRegion { get; init; } = EmptyRegion.BraTS2023;

    /// <summary>How the lesion-wise metrics tell lesions apart.</summary>
    public LesionOptions Lesions { get; init; } = new();

    /// <summary>How many cases <see cref="SegmentationReport.ToHtml"/> shows as pictures: 1 the worst, 2 the best too, 3 also the median, more in even steps between, by mean Dice with all
    /// scans of the case; default 0. Which cases those are is known at the end only, so small pictures of every case, some hundred kB each, are kept until then. Range 0 to 100.</summary>
    public int Pictures { get; init; }

    /// <summary>Told after each case and subset.</summary>
    public IProgress<EvaluationProgress>? Progress { get; init; }

    /// <summary>Ends the evaluation between two windows.</summary>
    public CancellationToken CancellationToken { get; init; }

    internal void Validate()
    {
        List<string> errors = [];
        if (Subsets is null || Subsets.Count == 0)
            errors.Add("Subsets is empty; name at least one, or leave the default of 15.");
        else if (Subsets.Any(subset => subset.Count == 0))
            errors.Add("Subsets holds the empty set; at least one modality is needed to segment.");
        if (!Enum.IsDefined(Protocol))
            errors.Add($"Protocol is {Protocol}; expected Deployed or Paper.");
        if (Windows is null)
            errors.Add("Windows is null; leave the default.");
        else
            errors.AddRange(Windows.Errors());
        if (RecordFolder is { } folder && string.IsNullOrWhiteSpace(folder))
            errors.Add("RecordFolder is empty; expected a folder or null.");
        if (MinimumEnhancingVoxels < 0)
            errors.Add($"MinimumEnhancingVoxels is {MinimumEnhancingVoxels}; expected 0 or more.");
        if ((Metrics & ~SegmentationMetric.All) != 0)
            errors.Add($"Metrics is {Metrics}; expected a combination of {string.Join(", ", Enum.GetNames<SegmentationMetric>())}.");
        if (!Enum.IsDefined(EmptyRegion))
            errors.Add($"EmptyRegion is {EmptyRegion}; expected one of {string.Join(", ", Enum.GetNames<EmptyRegion>())}.");
        if (Lesions is null)
            errors.Add("Lesions is null; leave the default.");
        else
            errors.AddRange(Lesions.Errors());
        if (Pictures is < 0 or > 100)
            errors.Add($"Pictures is {Pictures}; expected 0 to 100.");
        if (string.IsNullOrEmpty(OutputColumnName))
            errors.Add("OutputColumnName is empty.");
        if (errors.Count > 0)
            throw new ArgumentException("EvaluationOptions: " + string.Join(' ', errors));
    }
}

/// <summary>Where an evaluation stands.</summary>
/// <param name="Done">Passes done.</param>
/// <param name="Total">Passes in all.</param>
/// <param name="CaseId">The case of the last pass.</param>
/// <param name="Subset">Its modalities.</param>
public sealed record EvaluationProgress(int Done, int Total, string CaseId, ModalitySet Subset);
