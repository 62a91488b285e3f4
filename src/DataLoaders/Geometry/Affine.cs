using System.Globalization;

namespace Smml.MLNet;

/// <summary>The 3x4 matrix from voxel indices (i, j, k) to world coordinates in millimetres, RAS+ (x to the right, y to anterior, z to
/// superior), as NIfTI defines it.</summary>
public sealed class Affine : IEquatable<Affine>
{
    private readonly double[] _m;

    /// <summary>Makes an affine of its 12 elements, row by row.</summary>
    /// <exception cref="ArgumentException">There are not 12 elements, or one is not finite.</exception>
    public Affine(params ReadOnlySpan<double> rows)
    {
        if (rows.Length != 12)
            throw new ArgumentException($"An affine has 12 elements (3 rows of 4), found {rows.Length}.", nameof(rows));
        foreach (double value in rows)
        {
            if (!double.IsFinite(value))
                throw new ArgumentException("An affine must have finite elements.", nameof(rows));
        }

        _m = rows.ToArray();
    }

    /// <summary>One millimetre per voxel, index axes along the world axes.</summary>
    public static Affine Identity { get; } = new(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0);

    /// <summary>The element in row 0 to 2 and column 0 to 3.</summary>
    public double this[int row, int column] => _m[(row * 4) + column];

    /// <summary>The length of a voxel along each index axis in millimetres.</summary>
    public (double X, double Y, double Z) Spacing => (Length(0), Length(1), Length(2));

    /// <summary>The determinant of the 3x3 part; zero means that the affine does not describe a volume.</summary>
    public double Determinant =>
        (this[0, 0] * ((this[1, 1] * this[2, 2]) - (this[1, 2] * this[2, 1])))
        - (this[0, 1] * ((this[1, 0] * this[2, 2]) - (this[1, 2] * this[2, 0])))
        + (this[0, 2] * ((this[1, 0] * this[2, 1]) - (this[1, 1] * this[2, 0])));

    /// <summary>The direction in which each index grows, by the nearest world axis: L or R, P or A, I or S. BraTS is <c>LPS</c>.</summary>
    public string AxisCodes
    {
        get
        {
            Span<char> codes = stackalloc char[3];
            int used = 0;
            for (int column = 0; column < 3; column++)
            {
                int best = -1;
                for (int row = 0; row < 3; row++)
                {
                    if ((used & (1 << row)) == 0 && (best < 0 || Math.Abs(this[row, column]) > Math.Abs(this[best, column])))
                        best = row;
                }

                used |= 1 << best;
                codes[column] = (this[best, column] < 0 ? "LPI" : "RAS")[best];
            }

            return new(codes);
        }
    }

    /// <summary>The world position of a voxel index in millimetres.</summary>
    public (double X, double Y, double Z) Apply(double i, double j, double k) => (Row(0, i, j, k), Row(1, i, j, k), Row(2, i, j, k));

    /// <summary>The affine of the part of the volume that begins at voxel (i, j, k).</summary>
    public Affine Translate(int i, int j, int k)
    {
        (double x, double y, double z) = Apply(i, j, k);
        return new(_m[0], _m[1], _m[2], x, _m[4], _m[5], _m[6], y, _m[8], _m[9], _m[10], z);
    }

    /// <summary>The largest distance in millimetres between the positions that two affines give the eight corners of a volume.</summary>
    public double CornerDistance(Affine other, VolumeShape shape)
    {
        ArgumentNullException.ThrowIfNull(other);
        double largest = 0;
        for (int corner = 0; corner < 8; corner++)
        {
            int i = (corner & 1) * (shape.X - 1), j = ((corner >> 1) & 1) * (shape.Y - 1), k = (corner >> 2) * (shape.Z - 1);
            (double ax, double ay, double az) = Apply(i, j, k);
            (double bx, double by, double bz) = other.Apply(i, j, k);
            largest = Math.Max(largest, Math.Sqrt(((ax - bx) * (ax - bx)) + ((ay - by) * (ay - by)) + ((az - bz) * (az - bz))));
        }

        return largest;
    }

    /// <summary>The indices that this affine takes to a world position.</summary>
    /// <exception cref="InvalidOperationException">The determinant is 0: the affine does not describe a volume.</exception>
    internal (double I, double J, double K) Invert(double x, double y, double z)
    {
        double determinant = Determinant, dx = x - this[0, 3], dy = y - this[1, 3], dz = z - this[2, 3];
        if (determinant == 0)
            throw new InvalidOperationException($"The affine {this} is singular: it gives no volume. Correct the header of the file.");
        double Solve(int a, int b) =>
            ((dx * ((this[1, a] * this[2, b]) - (this[1, b] * this[2, a])))
            - (dy * ((this[0, a] * this[2, b]) - (this[0, b] * this[2, a])))
            + (dz * ((this[0, a] * this[1, b]) - (this[0, b] * this[1, a])))) / determinant;
        return (Solve(1, 2), Solve(2, 0), Solve(0, 1));
    }

    /// <summary>A copy of the 12 elements, row by row.</summary>
    public double[] ToArray() => [.. _m];

    /// <inheritdoc/>
    public bool Equals(Affine? other) => other is not null && _m.AsSpan().SequenceEqual(other._m);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Affine);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_m[0], _m[3], _m[5], _m[7], _m[10], _m[11]);

    /// <summary>The three rows, for example <c>[-1 0 0 0; 0 -1 0 239; 0 0 1 0]</c>.</summary>
    public override string ToString()
    {
        string Element(int row, int column) => (this[row, column] + 0.0).ToString("0.####", CultureInfo.InvariantCulture);
        string RowText(int row) => string.Join(' ', Enumerable.Range(0, 4).Select(column => Element(row, column)));
        return $"[{string.Join("; ", Enumerable.Range(0, 3).Select(RowText))}]";
    }

    private double Row(int row, double i, double j, double k) =>
        (this[row, 0] * i) + (this[row, 1] * j) + (this[row, 2] * k) + this[row, 3];

    private double Length(int column) =>
        Math.Sqrt((this[0, column] * this[0, column]) + (this[1, column] * this[1, column]) + (this[2, column] * this[2, column]));
}
