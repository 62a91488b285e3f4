namespace Smml.MLNet;

/// <summary>A grid over the same field of view with another voxel size.</summary>
internal static class SpacedGrid
{
    /// <summary>How far in millimetres a spacing may lie from the wanted one and still count as equal.</summary>
    public const double Tolerance = 1e-3;

    /// <summary>The grid with the wanted spacing as nearly as a whole number of voxels allows;
    /// the same one where nothing changes.</summary>
    /// <remarks>The edges of the outer voxels stay. Along an axis of s voxels that becomes n, new voxel i has its centre at the old index
    /// (i + 1/2) * s/n - 1/2.</remarks>
    public static VolumeGrid Of(VolumeGrid grid, IReadOnlyList<double> spacing)
    {
        (double x, double y, double z) = grid.Affine.Spacing;
        VolumeShape shape = new(Size(grid.Shape.X, x, spacing[0]), Size(grid.Shape.Y, y, spacing[1]), Size(grid.Shape.Z, z, spacing[2]));
        if (shape == grid.Shape)
            return grid;
        double[] rows = grid.Affine.ToArray();
        double[] step = [(double)grid.Shape.X / shape.X, (double)grid.Shape.Y / shape.Y, (double)grid.Shape.Z / shape.Z];
        (rows[3], rows[7], rows[11]) = grid.Affine.Apply((step[0] - 1) / 2, (step[1] - 1) / 2, (step[2] - 1) / 2);
        for (int row = 0; row < 3; row++)
        {
            for (int column = 0; column < 3; column++)
                rows[(row * 4) + column] *= step[column];
        }

        return new(shape, new(rows));
    }

    private static int Size(int size, double now, double wanted) =>
        Math.Abs(now - wanted) <= Tolerance ? size : (int)Math.Clamp(Math.Round(size * now / wanted), 1, VolumeFile.MaxVoxels);
}
