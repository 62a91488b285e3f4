namespace Smml.MLNet;

/// <summary>A click in the cube that SAM-Med3D sees.</summary>
/// <param name="X">The voxel along the first axis of the cube, to the right.</param>
/// <param name="Y">The voxel along the second axis, to anterior.</param>
/// <param name="Z">The voxel along the third axis, to superior.</param>
/// <param name="IsInside">Whether the voxel belongs to the class (positive click) or not (negative click).</param>
public readonly record struct CueClick(int X, int Y, int Z, bool IsInside = true);
