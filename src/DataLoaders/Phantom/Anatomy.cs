namespace Smml.MLNet.Phantom;

/// <summary>A brain without a tumour: an uneven ellipsoid with cortex, sulci, fissure, ventricles and deep nuclei.</summary>
internal sealed class Anatomy
{
    // How far the noise lets the surface come out, as a share of the radius.
    private const double Unevenness = 0.05;

    private readonly double _a, _b, _c, _ventricles;
    private readonly NoiseField _surface, _folds, _fineFolds, _fissure, _texture, _coarseTexture;
    private readonly Tissue[] _tissues = new Tissue[5];

    /// <summary>Draws a brain.</summary>
    public Anatomy(SplitMix64 random)
    {
        (_a, _b, _c) = (random.Uniform(63, 71), random.Uniform(79, 89), random.Uniform(60, 68));
        Middle = Point.Draw(random, (-3, 3), (-3, 3), (-3, 3));
        _ventricles = random.Uniform(0.75, 1.45);
        _surface = NoiseField.Draw(random, 38);
        _folds = NoiseField.Draw(random, 13);
        _fineFolds = NoiseField.Draw(random, 8);
        _fissure = NoiseField.Draw(random, 25);
        _texture = NoiseField.Draw(random, 5);
        _coarseTexture = NoiseField.Draw(random, 22);
        for (TissueKind kind = TissueKind.Fluid; kind <= TissueKind.DeepGrey; kind++)
        {
            Tissue typical = Tissue.Typical(kind);
            _tissues[(int)kind] =
                typical with { Density = typical.Density * Jitter(0.02), T1 = typical.T1 * Jitter(0.05), T2 = typical.T2 * Jitter(0.05) };
        }

        double Jitter(double deviation) => 1 + (deviation * Math.Clamp(random.Normal(), -2.5, 2.5));
    }

    /// <summary>Where the head lies in the field of view, in millimetres from the middle of the volume.</summary>
    public Point Middle { get; }

    /// <summary>The semi-axes of the brain in millimetres.</summary>
    public Point Radii => new(_a, _b, _c);

    /// <summary>What is at a place of the undeformed head.</summary>
    /// <param name="p">The place.</param>
    /// <param name="depth">About how many millimetres it lies below the surface of the brain.</param>
    public TissueKind At(Point p, out double depth)
    {
        depth = 0;
        double radius = Math.Sqrt(p.Ellipsoid(default, _a, _b, _c));
        if (radius >= 1 + Unevenness)
            return TissueKind.Air;
        radius += (Unevenness * _surface.At(p)) + (0.55 * Math.Max(0, (-p.Z - (0.62 * _c)) / _c)); // the base is flat
        if (radius >= 1)
            return TissueKind.Air;
        depth = (1 - radius) * 60;
        TissueKind kind = Cortex(p, depth);
        if (p.Z > -6 && depth < 34 && Math.Abs(p.X) < 3.1 && Math.Abs(p.X + (1.5 * _fissure.At(p))) < 1.6)
            kind = TissueKind.Fluid;
        if (kind == TissueKind.White && Math.Abs(p.X) < 5.5 && p.Z > -6 && depth < 30)
            kind = TissueKind.Grey;
        return Deep(p, kind);
    }

    /// <summary>The values of a tissue at a place, a few per cent uneven.</summary>
    public Tissue TissueAt(TissueKind kind, Point p)
    {
        Tissue tissue = _tissues[(int)kind];
        double uneven = (0.05 * _texture.At(p)) + (0.05 * _coarseTexture.At(p));
        return tissue with { T1 = tissue.T1 * (1 + uneven), T2 = tissue.T2 * (1 - uneven) };
    }

    /// <summary>Whether a place lies in the large vein between the hemispheres, which takes up contrast agent.</summary>
    public static bool IsSinus(Point p, double depth) => Math.Abs(p.X) < 3 && depth < 4.5 && p.Z > 5;

    /// <summary>Whether a place lies in the choroid plexus of a ventricle, which takes up contrast agent.</summary>
    public static bool IsPlexus(Point p) => (p with { X = Math.Abs(p.X) }).Ellipsoid(new(10, 14, 7), 3, 6, 4) < 1;

    // Sulci are where two noise fields cross zero; the cortex follows them and the surface.
    private TissueKind Cortex(Point p, double depth)
    {
        double folds = _folds.At(p),
            ridge = 1 - Math.Min(Math.Abs(folds), Math.Abs(_fineFolds.At(p) + 0.12)),
            shallow = Math.Clamp(1 - (depth / 26), 0, 1);
        if (depth < 1.7 || (depth < 19 && ridge > 0.978 - (0.035 * shallow)))
            return TissueKind.Fluid;
        return depth < 5.5 + (2 * folds) || (depth < 24 && ridge > 0.80 - (0.10 * shallow)) ? TissueKind.Grey : TissueKind.White;
    }

    private TissueKind Deep(Point p, TissueKind kind)
    {
        Point half = p with { X = Math.Abs(p.X) };
        double v = _ventricles;
        if (half.Ellipsoid(new(11, -4, 8 + (0.0012 * p.Y * p.Y)), 6 * v, 27 * v, 8 * v) < 1)
            return TissueKind.Fluid;
        bool isNucleus = half.Ellipsoid(new(12, 10, -3), 10, 15, 10) < 1 || half.Ellipsoid(new(25, -8, -1), 9, 20, 12) < 1;
        return isNucleus && kind != TissueKind.Fluid ? TissueKind.DeepGrey : kind;
    }
}
