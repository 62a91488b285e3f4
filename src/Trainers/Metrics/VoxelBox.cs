namespace Smml.MLNet.Metrics;

/// <summary>The smallest box around some voxels: first index, and the index after the last.</summary>
internal readonly record struct VoxelBox(int X0, int Y0, int Z0, int X1, int Y1, int Z1)
{
    /// <summary>A box without voxels; any voxel enlarges it.</summary>
    public static VoxelBox Empty { get; } = new(int.MaxValue, int.MaxValue, int.MaxValue, 0, 0, 0);

    public bool IsEmpty => X1 <= X0;

    public VolumeShape Shape => IsEmpty ? default : new(X1 - X0, Y1 - Y0, Z1 - Z0);

    public VoxelBox Union(VoxelBox other) => new(
        Math.Min(X0, other.X0),
        Math.Min(Y0, other.Y0),
        Math.Min(Z0, other.Z0),
        Math.Max(X1, other.X1),
        Math.Max(Y1, other.Y1),
        Math.Max(Z1, other.Z1));

    /// <summary>The box with a margin, as far as the volume goes.</summary>
    public VoxelBox Grow(int margin, VolumeShape within) => IsEmpty ? this : new(
        Math.Max(0, X0 - margin), Math.Max(0, Y0 - margin), Math.Max(0, Z0 - margin),
        Math.Min(within.X, X1 + margin), Math.Min(within.Y, Y1 + margin), Math.Min(within.Z, Z1 + margin));
}
