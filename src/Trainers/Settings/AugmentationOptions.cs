namespace Smml.MLNet;

/// <summary>How training patches are varied; the defaults are those of the released code.</summary>
public sealed record AugmentationOptions
{
    /// <summary>The largest rotation in degrees: a whole angle from -R to R - 1 in one of the three planes.</summary>
    /// <value>0 to 45, 0 for no rotation; default 10.</value>
    public int RotationDegrees { get; init; } = 10;

    /// <summary>Intensities are multiplied by 1 - s to 1 + s, drawn for each slice along the first axis and each modality.</summary>
    /// <value>0 to 1; default 0.1.</value>
    public double IntensityScale { get; init; } = 0.1;

    /// <summary>A value from -s to s is added, drawn for each slice along the first axis and each modality; in
    /// units of the normalised intensities.</summary>
    /// <value>0 to 1; default 0.1.</value>
    public double IntensityShift { get; init; } = 0.1;

    /// <summary>The probability of a mirror along each axis.</summary>
    /// <value>0 to 1; default 0.5.</value>
    public double FlipProbability { get; init; } = 0.5;

    /// <summary>The share of patches that are placed around a tumour voxel; the others are placed uniformly.</summary>
    /// <value>0 to 1; default 0, as published.</value>
    public double ForegroundSampling { get; init; }

    /// <summary>No variation but the place of the patch.</summary>
    public static AugmentationOptions None { get; } = new()
    {
        RotationDegrees = 0,
        IntensityScale = 0,
        IntensityShift = 0,
        FlipProbability = 0,
    };

    internal IEnumerable<string> Errors()
    {
        if (RotationDegrees is < 0 or > 45)
            yield return $"Augmentation.RotationDegrees is {RotationDegrees}; expected 0 to 45.";
        foreach ((string name, double value) in new[]
        {
            (nameof(IntensityScale), IntensityScale), (nameof(IntensityShift), IntensityShift),
            (nameof(FlipProbability), FlipProbability), (nameof(ForegroundSampling), ForegroundSampling),
        })
        {
            if (!(value is >= 0 and <= 1))
                yield return FormattableString.Invariant($"Augmentation.{name} is {value}; expected 0 to 1.");
        }
    }
}
