using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Options of <c>CropForeground</c>.</summary>
public sealed record CropForegroundOptions
{
    /// <summary>The columns to crop. All volumes of a row are cropped to one box.</summary>
    /// <value>Default: the names of the modalities, and <c>Label</c>.</value>
    public VolumeColumns Columns { get; init; } = new();

    /// <summary>How the box is found. <see cref="Fidelity.Corrected"/>: the bounding box of the tissue. <see cref="Fidelity.Reference"/>:
    /// the box of the released code, which loses the last plane of a large brain and has 128 or 129 voxels along an axis if the brain is
    /// smaller.</summary>
    /// <value>Default: <see cref="Fidelity.Corrected"/>.</value>
    public Fidelity Fidelity { get; init; }

    /// <summary>The number of voxels to keep around the tissue on each side, within the scan.</summary>
    /// <value>0 or more; above 0 only with <see cref="Fidelity.Corrected"/>. Default: 0.</value>
    public int Margin { get; init; }

    /// <summary>The least number of voxels along each axis. A smaller box grows around its middle and is shifted back into the scan. If the
    /// scan itself is smaller, the box is padded with background.</summary>
    /// <value>1 or more. Null (default): 1, or 128 with <see cref="Fidelity.Reference"/>.</value>
    public int? MinimumSize { get; init; }

    internal void Validate() => StageOptions.Check(
        nameof(CropForegroundOptions),
        Columns,
        (Margin < 0, $"Margin is {Margin}, expected 0 or more"),
        (Margin > 0 && Fidelity == Fidelity.Reference, "Margin has no meaning with Fidelity.Reference"),
        (MinimumSize < 1, $"MinimumSize is {MinimumSize}, expected 1 or more"),
        (!Enum.IsDefined(Fidelity), $"Fidelity is {Fidelity}, expected Corrected or Reference"));
}
