using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Options of <c>CropForeground</c>.</summary>
public sealed record CropForegroundOptions
{
    /// <summary>The columns to crop. All of a row are cropped to one box.</summary>
    public VolumeColumns Columns { get; init; } = new();

    /// <summary><see cref="Fidelity.Corrected"/>: the bounding box of the tissue. <see cref="Fidelity.Reference"/>: the released code's box, which loses the
    /// last plane of a large brain and has 128 or 129 voxels along an axis where the brain is smaller.</summary>
    public Fidelity Fidelity { get; init; }

    /// <summary>Voxels to keep around the tissue on each side, as far as the scan goes; 0 or more, only for <see cref="Fidelity.Corrected"/>.</summary>
    public int Margin { get; init; }

    /// <summary>The least number of voxels along each axis, 1 or more. A smaller box grows around its middle, is shifted back into the scan, and is padded
    /// with background where the scan itself is smaller. Null: 1, or 128 for <see cref="Fidelity.Reference"/>.</summary>
    public int? MinimumSize { get; init; }

    internal void Validate() => StageOptions.Check(
        nameof(CropForegroundOptions),
        Columns,
        (Margin < 0, $"Margin is {Margin}, expected 0 or more"),
        (Margin > 0 && Fidelity == Fidelity.Reference, "Margin has no meaning with Fidelity.Reference"),
        (MinimumSize < 1, $"MinimumSize is {MinimumSize}, expected 1 or more"),
        (!Enum.IsDefined(Fidelity), $"Fidelity is {Fidelity}, expected Corrected or Reference"));
}
