namespace Smml.MLNet.Phantom;

/// <summary>A place in the head in millimetres from its middle: x to the left, y to posterior, z to superior.</summary>
internal readonly record struct Point(double X, double Y, double Z)
{
    public double Length => Math.Sqrt((X * X) + (Y * Y) + (Z * Z));

    public static Point operator +(Point a, Point b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    public static Point operator -(Point a, Point b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    public static Point operator *(double factor, Point a) => new(factor * a.X, factor * a.Y, factor * a.Z);

    public static double Dot(Point a, Point b) => (a.X * b.X) + (a.Y * b.Y) + (a.Z * b.Z);

    /// <summary>Uniform in a box.</summary>
    public static Point Draw(SplitMix64 random, (double Low, double High) x, (double Low, double High) y, (double Low, double High) z) =>
        new(random.Uniform(x.Low, x.High), random.Uniform(y.Low, y.High), random.Uniform(z.Low, z.High));

    /// <summary>The value of an ellipsoid's equation: below 1 inside.</summary>
    public double Ellipsoid(Point middle, double a, double b, double c)
    {
        double x = (X - middle.X) / a, y = (Y - middle.Y) / b, z = (Z - middle.Z) / c;
        return (x * x) + (y * y) + (z * z);
    }
}
