using System.Text.Json.Serialization;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Options of <c>NormalizeIntensity</c>.</summary>
public sealed record NormalizeIntensityOptions
{
    /// <summary>The columns to normalise. The label is not read.</summary>
    /// <value>Default: the names of the modalities.</value>
    public VolumeColumns Columns { get; init; } = new();

    /// <summary>How intensities are scaled. A model needs scans that were scaled as those of its training.</summary>
    /// <value>Default: <see cref="IntensityScaling.ZScore"/>.</value>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public IntensityScaling Scaling { get; init; }

    /// <summary>Which voxels are tissue, and give mean, deviation and percentiles. <see cref="Fidelity.Corrected"/>: the tissue of each
    /// scan itself. <see cref="Fidelity.Reference"/>: one mask for all scans, the voxels at which the sum of the scans is above 0, so that
    /// the values of a scan change if another one is missing.</summary>
    /// <value>Default: <see cref="Fidelity.Corrected"/>.</value>
    public Fidelity Fidelity { get; init; }

    internal void Validate() => StageOptions.Check(
        nameof(NormalizeIntensityOptions),
        Columns,
        (!Enum.IsDefined(Scaling), $"Scaling is {Scaling}, expected {string.Join(", ", Enum.GetNames<IntensityScaling>())}"),
        (!Enum.IsDefined(Fidelity), $"Fidelity is {Fidelity}, expected Corrected or Reference"));
}
