namespace Smml.MLNet;

/// <summary>Where the voxels of a volume lie: how many there are, and their positions in millimetres.</summary>
public sealed record VolumeGrid(VolumeShape Shape, Affine Affine)
{
    /// <summary>The volume of one voxel in cubic millimetres.</summary>
    public double VoxelVolume => Math.Abs(Affine.Determinant);

    /// <summary>The part of this grid that begins at voxel (x, y, z); the start may lie outside.</summary>
    internal VolumeGrid Part(int x, int y, int z, VolumeShape shape) => new(shape, Affine.Translate(x, y, z));
}
