using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Networks;

/// <summary>Where a preprocessed case lies in the whole volume from which it was cropped.</summary>
/// <param name="Offset">The voxel of the whole volume at which the case begins; negative where a crop padded it.</param>
/// <param name="Shape">The shape of the whole volume.</param>
internal readonly record struct CaseFrame((int X, int Y, int Z) Offset, VolumeShape Shape)
{
    /// <summary>That of the scans of a case.</summary>
    public static CaseFrame Of(VolumeSet scans) => new(scans.Reference.Offset, scans.Reference.FrameGrid.Shape);
}
