namespace Smml.MLNet.Phantom;

/// <summary>A smooth random field: random values on a lattice, joined by smoothed trilinear interpolation (value noise).</summary>
/// <param name="cell">The distance of two lattice points in millimetres.</param>
/// <param name="seed">The field.</param>
internal readonly struct NoiseField(double cell, ulong seed)
{
    public static NoiseField Draw(SplitMix64 random, double cell) => new(cell, random.NextUInt64());

    /// <summary>The value at a place, -1 to 1.</summary>
    public double At(Point p)
    {
        (ulong ix, double fx) = Split(p.X / cell);
        (ulong iy, double fy) = Split(p.Y / cell);
        (ulong iz, double fz) = Split(p.Z / cell);
        double low = Plane(ix, iy, iz, fx, fy), high = Plane(ix, iy, iz + 1, fx, fy);
        return (2 * (low + (fz * (high - low)))) - 1;
    }

    private static (ulong Index, double Weight) Split(double position)
    {
        double floor = Math.Floor(position), rest = position - floor;
        return (unchecked((ulong)(long)floor), rest * rest * (3 - (2 * rest)));
    }

    private double Plane(ulong ix, ulong iy, ulong iz, double fx, double fy)
    {
        double near = Lattice(ix, iy, iz), far = Lattice(ix, iy + 1, iz);
        near += fx * (Lattice(ix + 1, iy, iz) - near);
        far += fx * (Lattice(ix + 1, iy + 1, iz) - far);
        return near + (fy * (far - near));
    }

    // Uniform in [0, 1): the finalizer of SplitMix64 over a mix of the coordinates.
    private double Lattice(ulong x, ulong y, ulong z)
    {
        ulong h = (x * 0x9E3779B97F4A7C15) ^ (y * 0xC2B2AE3D27D4EB4F) ^ (z * 0x165667B19E3779F9) ^ seed;
        h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9;
        h = (h ^ (h >> 27)) * 0x94D049BB133111EB;
        return ((h ^ (h >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
