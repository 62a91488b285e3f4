namespace Smml.MLNet;

/// <summary>What is measured of a segmentation.</summary>
public record MetricOptions
{
    /// <summary>A predicted enhancing tumour of fewer voxels counts as none in
    /// <see cref="ScoredRegion.EnhancingTumorPostprocessed"/>.</summary>
    /// <value>0 or more; default 500, the rule of the field.</value>
    public int MinimumEnhancingVoxels { get; init; } = 500;

    /// <summary>What is measured; Dice is always among it.</summary>
    /// <value>Default: Dice, HD95, sensitivity, precision and volume.</value>
    public SegmentationMetric Metrics { get; init; } = SegmentationMetric.Dice
        | SegmentationMetric.Hd95
        | SegmentationMetric.Sensitivity
        | SegmentationMetric.Precision
        | SegmentationMetric.Volume;

    /// <summary>The score given to a region that is empty in the label or in the prediction.</summary>
    /// <value>Default <see cref="EmptyRegion.BraTS2023"/>.</value>
    public EmptyRegion EmptyRegion { get; init; } = EmptyRegion.BraTS2023;

    /// <summary>How the lesion-wise metrics tell lesions apart.</summary>
    public LesionOptions Lesions { get; init; } = new();

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">One or more are out of range; the message lists them all.</exception>
    internal void Validate()
    {
        string[] errors = [.. OwnErrors(), .. MetricErrors()];
        if (errors.Length > 0)
            throw new ArgumentException($"{GetType().Name}: {string.Join(' ', errors)}");
    }

    /// <summary>The rules of a derived record that are broken, as sentences.</summary>
    private protected virtual IEnumerable<string> OwnErrors() => [];

    private IEnumerable<string> MetricErrors()
    {
        if (MinimumEnhancingVoxels < 0)
            yield return $"MinimumEnhancingVoxels is {MinimumEnhancingVoxels}; expected 0 or more.";
        if ((Metrics & ~SegmentationMetric.All) != 0)
            yield return $"Metrics is {Metrics}; expected a combination of {string.Join(", ", Enum.GetNames<SegmentationMetric>())}.";
        if (!Enum.IsDefined(EmptyRegion))
            yield return $"EmptyRegion is {EmptyRegion}; expected one of {string.Join(", ", Enum.GetNames<EmptyRegion>())}.";
        foreach (string error in Lesions?.Errors() ?? ["Lesions is null; leave the default."])
            yield return error;
    }
}
