namespace Smml.MLNet.Inference;

/// <summary>How a case is padded: to at least a window along each axis, evenly on both sides.</summary>
/// <param name="Shape">The shape of the case.</param>
/// <param name="Window">The networks' window.</param>
internal readonly record struct CasePadding(VolumeShape Shape, VolumeShape Window)
{
    /// <summary>The shape with the padding.</summary>
    public VolumeShape Padded => new(Math.Max(Shape.X, Window.X), Math.Max(Shape.Y, Window.Y), Math.Max(Shape.Z, Window.Z));

    /// <summary>The voxels before the case along each axis.</summary>
    public (int X, int Y, int Z) Before => ((Padded.X - Shape.X) / 2, (Padded.Y - Shape.Y) / 2, (Padded.Z - Shape.Z) / 2);

    /// <summary>Where a window that begins at a voxel of the padded case begins in the case; negative in the padding.</summary>
    public (int X, int Y, int Z) PlaceOf((int X, int Y, int Z) start) => (start.X - Before.X, start.Y - Before.Y, start.Z - Before.Z);
}
