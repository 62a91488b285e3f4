namespace Smml.MLNet.Phantom;

/// <summary>What looks like tumour in some modality but is none: white-matter spots (Flair, T2), cysts (T2), vessels (T1ce).</summary>
internal sealed class Distractors
{
    private readonly (Point Middle, double Radius)[] _spots, _cysts;
    private readonly Vessel[] _vessels;
    private readonly NoiseField _cystShape;

    /// <summary>Draws 1 to 6 spots, 0 to 3 cysts and 3 to 6 vessels.</summary>
    public Distractors(SplitMix64 random)
    {
        _spots = new (Point, double)[random.Integer(1, 6)];
        for (int i = 0; i < _spots.Length; i++)
            _spots[i] = (Point.Draw(random, (-38, 38), (-50, 50), (-5, 35)), random.Uniform(2, 4.5));
        _cysts = new (Point, double)[random.Integer(0, 3)];
        for (int i = 0; i < _cysts.Length; i++)
            _cysts[i] = (Point.Draw(random, (-52, 52), (-65, 65), (-25, 48)), random.Uniform(4, 10));
        _cystShape = NoiseField.Draw(random, 9);
        _vessels = new Vessel[random.Integer(3, 6)];
        for (int i = 0; i < _vessels.Length; i++)
            _vessels[i] = new(random);
    }

    /// <summary>Changes the tissue of a place that is not tumour.</summary>
    public Tissue Apply(Point p, ref TissueKind kind, Tissue tissue)
    {
        foreach ((Point middle, double radius) in _spots)
        {
            if (kind == TissueKind.White && (p - middle).Length < radius)
                tissue = tissue.Mix(Tissue.Swelling, 0.45);
        }

        foreach ((Point middle, double radius) in _cysts)
        {
            double distance = (p - middle).Length;
            if (distance < radius + 2.5 && distance + (2.5 * _cystShape.At(p)) < radius)
                (kind, tissue) = (TissueKind.Fluid, Tissue.Water);
        }

        foreach (Vessel vessel in _vessels)
        {
            if (vessel.Contains(p))
                tissue = tissue with { Gadolinium = vessel.Uptake };
        }

        return tissue;
    }

    /// <summary>A thin tube that winds about a straight line.</summary>
    private sealed class Vessel
    {
        private readonly Point _start, _direction;
        private readonly double _length, _radius, _phase;

        public Vessel(SplitMix64 random)
        {
            _start = Point.Draw(random, (-45, 45), (-60, 60), (-10, 45));
            Point direction = new(random.Normal(), random.Normal(), random.Normal());
            _direction = 1 / (direction.Length + 1e-9) * direction;
            _length = random.Uniform(15, 45);
            _radius = random.Uniform(1.1, 2.3);
            _phase = random.Uniform(0, 6);
            Uptake = 0.8 * random.Uniform(0.4, 1);
        }

        /// <summary>Contrast agent in mM.</summary>
        public double Uptake { get; }

        public bool Contains(Point p)
        {
            Point from = p - _start;
            double along = Math.Clamp(Point.Dot(from, _direction), 0, _length);
            Point off = from - (along * _direction);
            return off.Length < _radius + 2.5 && (off with { Z = off.Z - (2.5 * Math.Sin((along / 6) + _phase)) }).Length < _radius;
        }
    }
}
