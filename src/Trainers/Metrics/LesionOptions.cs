namespace Smml.MLNet;

/// <summary>How <see cref="SegmentationMetric.LesionWise"/> tells lesions apart; the defaults are those of BraTS 2023 for gliomas (GLI, and
/// also SSA and PED). BraTS 2023 has a dilation of 1 for MEN and MET, and a volume of 2 mm3 for MET.</summary>
public sealed record LesionOptions
{
    /// <summary>How often the truth is dilated with the 18-neighbourhood: parts that meet are one lesion, and predicted components that
    /// touch it belong to it.</summary>
    /// <value>0 to 100; default 3.</value>
    public int DilationIterations { get; init; } = 3;

    /// <summary>True lesions of at most this volume in mm3 do not count; what is predicted there is no false positive.</summary>
    /// <value>0 or more; default 50.</value>
    public double MinimumVolume { get; init; } = 50;

    /// <summary>The HD95 in mm of a lesion that was missed and of a predicted one that is none.</summary>
    /// <value>0 or more; default 374.</value>
    public double MissingDistance { get; init; } = 374;

    internal IEnumerable<string> Errors()
    {
        if (DilationIterations is < 0 or > 100)
            yield return $"Lesions.DilationIterations is {DilationIterations}; expected 0 to 100.";
        if (!(double.IsFinite(MinimumVolume) && MinimumVolume >= 0))
            yield return FormattableString.Invariant($"Lesions.MinimumVolume is {MinimumVolume}; expected 0 mm3 or more.");
        if (!(double.IsFinite(MissingDistance) && MissingDistance >= 0))
            yield return FormattableString.Invariant($"Lesions.MissingDistance is {MissingDistance}; expected 0 mm or more.");
    }
}
