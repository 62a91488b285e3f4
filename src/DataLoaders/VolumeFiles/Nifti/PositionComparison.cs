namespace Smml.MLNet.VolumeFiles;

/// <summary>Compares the two positions that a NIfTI header can give to its voxels: its sform and its qform.</summary>
internal static class PositionComparison
{
    /// <summary>How far the corners of a volume may lie apart, in millimetres.</summary>
    public const double Tolerance = 1e-3;

    private const double Rounding = 5e-7; // of a component of a quaternion that was computed and stored as float32

    private const double LargestCosine = 0.70710678118654757; // of 45 degrees

    /// <summary>The largest distance in millimetres between the positions that both give the corners of a volume.</summary>
    /// <param name="sform">The sform.</param>
    /// <param name="qform">The affine of the qform.</param>
    /// <param name="quaternion">The components b, c, d that the qform is stored with.</param>
    /// <param name="shape">The shape of the volume.</param>
    /// <remarks>The fourth component, the square root of 1 - b^2 - c^2 - d^2, is not stored. Near half a turn (a tilted scan in LPS) it
    /// amplifies the rounding of the others to 0.1 mm and more. A quaternion that is that of the sform but for rounding
    /// therefore counts as the rotation of the sform.</remarks>
    public static double Distance(Affine sform, Affine qform, ReadOnlySpan<double> quaternion, VolumeShape shape)
    {
        if (NiftiAffine.ToQuaternion(sform) is not { } own
            || own.Qfac * qform.Determinant < 0
            || Math.Min(Difference(own, quaternion, 1), Difference(own, quaternion, -1)) > Rounding)
            return sform.CornerDistance(qform, shape);
        (double X, double Y, double Z) from = sform.Spacing, to = qform.Spacing;
        double x = to.X / from.X, y = to.Y / from.Y, z = to.Z / from.Z;
        double[] rows = new double[12];
        for (int row = 0; row < 3; row++)
            new[] { sform[row, 0] * x, sform[row, 1] * y, sform[row, 2] * z, qform[row, 3] }.CopyTo(rows, row * 4);
        return sform.CornerDistance(new(rows), shape);
    }

    /// <summary>Whether two affines say different things about left and right, anterior and posterior, superior and inferior: their axis
    /// codes differ, and an axis of one runs more than 45 degrees away from that of the other. The second condition is for oblique
    /// volumes, whose codes a small rotation may change.</summary>
    public static bool IsContradiction(Affine one, Affine other) =>
        one.AxisCodes != other.AxisCodes && Enumerable.Range(0, 3).Any(axis => Cosine(one, other, axis) < LargestCosine);

    /// <summary>Makes the error about a file whose positions contradict each other.</summary>
    public static VolumeFormatException Refuse(string path, Affine sform, Affine qform) => new(
        $"{path}: the header contradicts itself: by its sform the axes run to {sform.AxisCodes}, by its qform to {qform.AxisCodes} "
        + "(L left, R right, P posterior, A anterior, I inferior, S superior), expected the same. Find out which one is right and write "
        + "it to both, or choose one with OrientationSource (smml train, validate and inspect: --orientation-source sform or qform).")
    {
        ConcernsOrientation = true,
    };

    /// <summary>Checks what a caller chose.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is neither sform nor qform nor null.</exception>
    public static void Check(OrientationSource? chosen)
    {
        if (chosen is not (null or OrientationSource.Sform or OrientationSource.Qform))
            throw new ArgumentOutOfRangeException(nameof(chosen), chosen, "An orientation source to choose is Sform, Qform or null.");
    }

    private static double Difference((double B, double C, double D, double Qfac) own, ReadOnlySpan<double> stored, double sign) =>
        Math.Max(
            Math.Max(Math.Abs((own.B * sign) - stored[0]), Math.Abs((own.C * sign) - stored[1])), Math.Abs((own.D * sign) - stored[2]));

    private static double Cosine(Affine one, Affine other, int axis)
    {
        double product = 0, first = 0, second = 0;
        for (int row = 0; row < 3; row++)
        {
            product += one[row, axis] * other[row, axis];
            first += one[row, axis] * one[row, axis];
            second += other[row, axis] * other[row, axis];
        }

        return product / Math.Sqrt(first * second);
    }
}
