using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Options of <c>NormalizeIntensity</c>.</summary>
public sealed record NormalizeIntensityOptions
{
    /// <summary>The columns to normalise. The label stays as it is.</summary>
    public VolumeColumns Columns { get; init; } = new();

    /// <summary><see cref="Fidelity.Corrected"/>: mean and deviation of each scan over its own tissue. <see cref="Fidelity.Reference"/>: over one mask for
    /// all scans, the voxels at which the sum of the scans is above 0, so that a scan's numbers change when another is missing.</summary>
    public Fidelity Fidelity { get; init; }

    internal void Validate() => StageOptions.Check(
        nameof(NormalizeIntensityOptions), Columns, (!Enum.IsDefined(Fidelity), $"Fidelity is {Fidelity}, expected Corrected or Reference"));
}
