namespace Smml.MLNet.VolumeFiles;

/// <summary>The three ways in which a NIfTI header places its voxels, and the quaternion of an affine
/// (<c>nifti1.h</c>, "3D IMAGE ORIENTATION").</summary>
internal static class NiftiAffine
{
    /// <summary>Method 2: a rotation (b, c, d), voxel sizes, an offset; <paramref name="qfac"/> below 0 mirrors the third axis. Null when
    /// the quaternion is none.</summary>
    public static Affine? FromQuaternion(double b, double c, double d, ReadOnlySpan<double> size, double qfac, ReadOnlySpan<double> offset)
    {
        double square = 1 - ((b * b) + (c * c) + (d * d));
        if (!double.IsFinite(square) || square < -1e-5 || !double.IsFinite(offset[0] + offset[1] + offset[2]))
            return null;
        double a = Math.Sqrt(Math.Max(0, square)), x = size[0], y = size[1], z = qfac < 0 ? -size[2] : size[2];
        double norm = Math.Sqrt((a * a) + (b * b) + (c * c) + (d * d));
        (a, b, c, d) = (a / norm, b / norm, c / norm, d / norm);
        return new(
            ((a * a) + (b * b) - (c * c) - (d * d)) * x, 2 * ((b * c) - (a * d)) * y, 2 * ((b * d) + (a * c)) * z, offset[0],
            2 * ((b * c) + (a * d)) * x, ((a * a) + (c * c) - (b * b) - (d * d)) * y, 2 * ((c * d) - (a * b)) * z, offset[1],
            2 * ((b * d) - (a * c)) * x, 2 * ((c * d) + (a * b)) * y, ((a * a) + (d * d) - (b * b) - (c * c)) * z, offset[2]);
    }

    /// <summary>No orientation: the first axis to the left, the others to anterior and superior, the world's origin in the middle, as
    /// nibabel reads such files.</summary>
    public static Affine FromSizes(ReadOnlySpan<double> size, VolumeShape shape) => new(
        -size[0], 0, 0, size[0] * (shape.X - 1) / 2,
        0, size[1], 0, -size[1] * (shape.Y - 1) / 2,
        0, 0, size[2], -size[2] * (shape.Z - 1) / 2);

    /// <summary>As <see cref="FromSizes"/>, but with the world's origin in the voxel that SPM wrote into an ANALYZE
    /// header, where that is near the volume.</summary>
    public static Affine FromOrigin(ReadOnlySpan<double> size, VolumeShape shape, ReadOnlySpan<int> origin)
    {
        bool isAny = false;
        for (int axis = 0; axis < 3; axis++)
        {
            if (origin[axis] <= -shape[axis] || origin[axis] >= 2 * shape[axis])
                return FromSizes(size, shape);
            isAny |= origin[axis] != 0;
        }

        return isAny
            ? new(
                -size[0],
                0,
                0,
                size[0] * (origin[0] - 1),
                0,
                size[1],
                0,
                -size[1] * (origin[1] - 1),
                0,
                0,
                size[2],
                -size[2] * (origin[2] - 1))
            : FromSizes(size, shape);
    }

    /// <summary>The quaternion (b, c, d) and the sign of the third axis, or null where the affine is no rotation (sheared axes).</summary>
    public static (double B, double C, double D, double Qfac)? ToQuaternion(Affine affine)
    {
        (double x, double y, double z) = affine.Spacing;
        double qfac = affine.Determinant < 0 ? -1 : 1;
        ReadOnlySpan<double> size = [x, y, z * qfac];
        double[,] r = new double[3, 3];
        for (int row = 0; row < 3; row++)
        {
            for (int column = 0; column < 3; column++)
                r[row, column] = affine[row, column] / size[column];
        }

        for (int i = 0; i < 3; i++)
        {
            int j = (i + 1) % 3;
            if (!(Math.Abs((r[0, i] * r[0, j]) + (r[1, i] * r[1, j]) + (r[2, i] * r[2, j])) < 1e-5))
                return null;
        }

        // Four times the product of two components of (a, b, c, d) stands in sums and differences of r; begin with the largest component.
        ReadOnlySpan<double> squares =
        [
            1 + r[0, 0] + r[1, 1] + r[2, 2],
            1 + r[0, 0] - r[1, 1] - r[2, 2],
            1 - r[0, 0] + r[1, 1] - r[2, 2],
            1 - r[0, 0] - r[1, 1] + r[2, 2],
        ];
        int largest = 0;
        for (int i = 1; i < 4; i++)
            largest = squares[i] > squares[largest] ? i : largest;
        double ab = r[2, 1] - r[1, 2], ac = r[0, 2] - r[2, 0], ad = r[1, 0] - r[0, 1];
        double bc = r[1, 0] + r[0, 1], bd = r[0, 2] + r[2, 0], cd = r[2, 1] + r[1, 2];
        double four = Math.Sqrt(squares[largest]) * 2, own = Math.Sqrt(squares[largest]) / 2;
        (double a, double b, double c, double d) = largest switch
        {
            0 => (own, ab / four, ac / four, ad / four),
            1 => (ab / four, own, bc / four, bd / four),
            2 => (ac / four, bc / four, own, cd / four),
            _ => (ad / four, bd / four, cd / four, own),
        };
        return a < 0 ? (-b, -c, -d, qfac) : (b, c, d, qfac);
    }
}
