using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Options of <c>ResampleVolumes</c>.</summary>
public sealed record ResampleVolumesOptions
{
    /// <summary>The largest spacing that can be asked for, in millimetres.</summary>
    internal const double MaxSpacing = 50;

    /// <summary>The columns to resample. All volumes of a row get one grid.</summary>
    /// <value>Default: the names of the modalities, and <c>Label</c>.</value>
    public VolumeColumns Columns { get; init; } = new();

    /// <summary>The length of a voxel along each of the three index axes in millimetres. BraTS and the published models have 1. After
    /// <c>LoadVolumes</c> with <see cref="VolumeOrientation.Canonical"/> the axes run to the left, to posterior and to superior.</summary>
    /// <value>Three numbers, each above 0 and at most 50. Default: 1, 1, 1.</value>
    public IReadOnlyList<double> Spacing { get; init; } = [1, 1, 1];

    internal void Validate() => StageOptions.Check(
        nameof(ResampleVolumesOptions),
        Columns,
        (Spacing is not { Count: 3 }, $"Spacing has {Spacing?.Count ?? 0} values, expected three"),
        (Spacing?.All(side => side > 0 && side <= MaxSpacing) == false,
            FormattableString.Invariant(
                $"Spacing is {string.Join(" x ", Spacing ?? [])}, expected more than 0 and at most {MaxSpacing} mm along each axis")));
}
