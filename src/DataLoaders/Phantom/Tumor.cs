namespace Smml.MLNet.Phantom;

/// <summary>A glioma: an uneven, tilted ellipsoid that pushes the brain aside, with necrosis, enhancing tumour and oedema.</summary>
internal sealed class Tumor
{
    /// <summary>The classes of the label conventions that phantoms have.</summary>
    public const byte Necrosis = 1, Edema = 2, Enhancing = 3;

    private readonly Point[] _axes;
    private readonly double[] _scale = new double[3];
    private readonly double _push, _edemaWidth, _rim, _pocketLevel, _edemaWater, _necrosisWater, _enhancingWater, _necrosisT2, _uptake;
    private readonly NoiseField _shape, _fineShape, _edemaShape, _rimShape, _pockets, _gaps, _edemaTexture, _necrosisTexture,
        _enhancingTexture, _uptakeTexture;
    private readonly Point _nodule;
    private readonly double _noduleRadius;

    /// <summary>Draws a tumour.</summary>
    public Tumor(SplitMix64 random, PhantomGrade? grade)
    {
        PhantomGrade drawn = random.NextDouble() < 0.72 ? PhantomGrade.High : PhantomGrade.Low;
        Grade = grade ?? drawn;
        bool high = Grade == PhantomGrade.High;
        double side = random.NextDouble() < 0.5 ? 1 : -1;
        Middle = new(side * random.Uniform(16, 40), random.Uniform(-45, 45), random.Uniform(-18, 34));
        Radius = high ? random.Uniform(11, 23) : random.Uniform(13, 26);
        _axes = DrawRotation(random);
        for (int axis = 0; axis < 3; axis++)
            _scale[axis] = random.Uniform(0.8, 1.25);
        double mean = Math.Cbrt(_scale[0] * _scale[1] * _scale[2]);
        for (int axis = 0; axis < 3; axis++)
            _scale[axis] /= mean;
        _shape = NoiseField.Draw(random, 14);
        _fineShape = NoiseField.Draw(random, 6);
        _push = random.Uniform(2, 7) * Radius / 20;

        _edemaWidth = high ? random.Uniform(6, 20) : random.Uniform(2, 8);
        _edemaShape = NoiseField.Draw(random, 18);
        _rim = random.Uniform(4, 8.5);
        _rimShape = NoiseField.Draw(random, 8);
        _pockets = NoiseField.Draw(random, 7);
        _pocketLevel = random.Uniform(0.35, 0.6);
        _gaps = NoiseField.Draw(random, 10);
        bool hasNodule = random.NextDouble() < 0.55;
        _nodule = Middle + (0.4 * Radius * Point.Draw(random, (-1, 1), (-1, 1), (-1, 1)));
        _noduleRadius = hasNodule ? random.Uniform(3.5, 7) : 0;

        _edemaWater = random.Uniform(0.50, 0.72);
        _edemaTexture = NoiseField.Draw(random, 9);
        _necrosisWater = high ? random.Uniform(0.40, 0.70) : random.Uniform(0.38, 0.64);
        _necrosisTexture = NoiseField.Draw(random, 6);
        _necrosisT2 = random.Uniform(380, 900);
        _enhancingWater = random.Uniform(0.20, 0.45);
        _enhancingTexture = NoiseField.Draw(random, 6);
        _uptake = high ? random.Uniform(0.18, 0.50) : random.Uniform(0.08, 0.22);
        _uptakeTexture = NoiseField.Draw(random, 6);
    }

    public PhantomGrade Grade { get; }

    public Point Middle { get; }

    /// <summary>The mean radius of the core in millimetres.</summary>
    public double Radius { get; }

    /// <summary>Where the tissue at a place would be without the tumour's pressure.</summary>
    public Point Undo(Point p)
    {
        Point from = p - Middle;
        double distance = from.Length + 1e-6, reach = distance / (2.2 * Radius);
        return p - (_push * Math.Exp(-reach * reach) / distance * from);
    }

    /// <summary>How far a place is from the middle in millimetres, unevenly: the core ends at <see cref="Radius"/>.</summary>
    public double Distance(Point p)
    {
        Point from = p - Middle;
        double x = Point.Dot(_axes[0], from) / _scale[0],
            y = Point.Dot(_axes[1], from) / _scale[1],
            z = Point.Dot(_axes[2], from) / _scale[2];
        double distance = Math.Sqrt((x * x) + (y * y) + (z * z));
        if (distance > Radius + 45)
            return distance; // beyond any oedema, where the noise cannot matter
        return distance + (Radius * ((0.22 * _shape.At(p)) + (0.10 * _fineShape.At(p))));
    }

    /// <summary>How wide the oedema is towards a place, in millimetres; it follows the white matter.</summary>
    public double EdemaWidthAt(Point p, TissueKind kind) =>
        _edemaWidth * (0.75 + (0.75 * _edemaShape.At(p))) * (kind == TissueKind.White ? 1 : 0.42);

    /// <summary>The class of a place inside the core.</summary>
    public byte CoreAt(Point p, double distance)
    {
        if (Grade == PhantomGrade.Low)
            return (p - _nodule).Length < _noduleRadius ? Enhancing : Necrosis;
        double rim = _rim * (1 + (0.40 * _rimShape.At(p)));
        bool isNecrosis = distance < Radius - rim || (distance < Radius - 1.5 && _pockets.At(p) > _pocketLevel) || _gaps.At(p) > 0.55;
        return isNecrosis ? Necrosis : Enhancing;
    }

    /// <summary>What the tissue at a place becomes.</summary>
    /// <param name="p">The place.</param>
    /// <param name="label">The class of the place, not 0.</param>
    /// <param name="healthy">What was there.</param>
    /// <param name="beyondCore">How far into the oedema the place is, 0 at the core, 1 at its end.</param>
    public Tissue TissueAt(Point p, byte label, Tissue healthy, double beyondCore)
    {
        switch (label)
        {
            case Edema:
                double water = (_edemaWater * (1.15 - (0.6 * beyondCore))) + (0.22 * _edemaTexture.At(p));
                return healthy.Mix(Tissue.Swelling, Math.Clamp(water, 0.10, 0.92)) with { Gadolinium = 0.02 };
            case Necrosis:
                water = _necrosisWater + (0.24 * _necrosisTexture.At(p));
                return Tissue.Tumor.Mix(new(1.0, 3600, _necrosisT2), Math.Clamp(water, 0.2, 0.97)) with
                {
                    Gadolinium = Grade == PhantomGrade.High ? 0.05 : 0.03,
                };
            default:
                water = _enhancingWater + (0.26 * _enhancingTexture.At(p));
                double uptake = _uptake * Math.Clamp(1 + (0.9 * _uptakeTexture.At(p)), 0.3, 2.2);
                return Tissue.Tumor.Mix(Tissue.Swelling, Math.Clamp(water, 0.02, 0.85)) with { Gadolinium = uptake };
        }
    }

    // A uniform rotation from a normalised quaternion; the rows are the axes of the ellipsoid.
    private static Point[] DrawRotation(SplitMix64 random)
    {
        double w = random.Normal(),
            x = random.Normal(),
            y = random.Normal(),
            z = random.Normal(),
            norm = Math.Sqrt((w * w) + (x * x) + (y * y) + (z * z)) + 1e-12;
        (w, x, y, z) = (w / norm, x / norm, y / norm, z / norm);
        return
        [
            new(1 - (2 * ((y * y) + (z * z))), 2 * ((x * y) - (z * w)), 2 * ((x * z) + (y * w))),
            new(2 * ((x * y) + (z * w)), 1 - (2 * ((x * x) + (z * z))), 2 * ((y * z) - (x * w))),
            new(2 * ((x * z) - (y * w)), 2 * ((y * z) + (x * w)), 1 - (2 * ((x * x) + (y * y)))),
        ];
    }
}
