namespace Smml.MLNet.Phantom;

/// <summary>One scan of one modality: sequence timing, slice thickness, coil, noise and gain as a
/// scanner of its own would have them.</summary>
internal sealed class Scanner
{
    // Relaxivity of gadolinium in 1/(ms mM).
    private const double Relaxivity = 4.3e-3;

    private readonly Modality _modality;
    private readonly long _seed;
    private readonly double _repetition, _echo, _inversion, _dose, _noise, _logGain, _cut;
    private readonly double[] _thickness, _coil = new double[9];

    /// <summary>Draws a scan.</summary>
    public Scanner(long seed, Modality modality)
    {
        _modality = modality;
        _seed = seed;
        SplitMix64 random = SplitMix64.ForKey(seed, 4, (long)modality);
        (_repetition, _echo) = modality switch
        {
            Modality.Flair => (random.Uniform(8500, 10500), random.Uniform(100, 135)),
            Modality.T2 => (random.Uniform(3500, 6000), random.Uniform(85, 115)),
            _ => (random.Uniform(450, 650), random.Uniform(8, 16)),
        };
        _inversion = random.Uniform(2300, 2650);
        _dose = random.Uniform(0.85, 1.15);
        _thickness = [random.Uniform(1, 1.6), random.Uniform(1, 1.6), random.Uniform(1, 5)];
        for (int i = 0; i < _coil.Length; i++)
            _coil[i] = 0.07 * random.Normal();
        _noise = random.Uniform(0.015, 0.05);
        _logGain = random.Uniform(Math.Log(120), Math.Log(6000));
        _cut = random.NextDouble() < 0.08 ? random.Uniform(0, 1.0 / 12) : 0;
    }

    /// <summary>Scans a head.</summary>
    /// <returns>Whole numbers: 0 outside the brain, 1 to 32767 inside; 0 also in the upper slices
    /// that a cut field of view (8 %) misses.</returns>
    public float[] Scan(TissueMap map, PhantomOptions options, Head head, CancellationToken cancellationToken)
    {
        ParallelOptions parallel = new() { CancellationToken = cancellationToken };
        VolumeShape shape = map.Shape;
        int slice = shape.X * shape.Y;
        float[] signal = new float[map.Tissues.Length], inside = new float[map.Tissues.Length], scratch = new float[map.Tissues.Length];
        Parallel.For(0, shape.Z, parallel, z =>
        {
            for (int i = z * slice; i < (z + 1) * slice; i++)
            {
                inside[i] = map.Kinds[i] == TissueKind.Air ? 0 : 1;
                signal[i] = inside[i] == 0 ? 0 : (float)Signal(map.Tissues[i]);
            }
        });
        double[] blur =
        [
            Deviation(_thickness[0], options.Spacing.X),
            Deviation(_thickness[1], options.Spacing.Y),
            Deviation(_thickness[2], options.Spacing.Z),
        ];
        GaussianBlur.Apply(signal, scratch, shape, blur, parallel);
        GaussianBlur.Apply(inside, scratch, shape, blur, parallel);
        Parallel.For(0, shape.Z, parallel, z =>
        {
            for (int i = z * slice, y = 0; y < shape.Y; y++)
            {
                for (int x = 0; x < shape.X; x++, i++)
                {
                    if (map.Kinds[i] != TissueKind.Air)
                        signal[i] =
                            (float)(signal[i] / Math.Max(inside[i], 0.35) * Coil(TissueMap.Place(x, y, z, options), head.Anatomy.Radii));
                }
            }
        });
        float white = WhiteMatter(signal, map.Kinds);
        int missing = _cut > 0 ? 1 + (int)(_cut * shape.Z) : 0;
        Parallel.For(0, shape.Z, parallel, z =>
            Digitise(signal.AsSpan(z * slice, slice), map.Kinds.AsSpan(z * slice, slice), white, z, isCut: z >= shape.Z - missing));
        return signal;
    }

    // Thickness is the full width at half maximum.
    private static double Deviation(double thickness, double spacing) => thickness / 2.355 / spacing;

    // Spin echo, for Flair after an inversion pulse; the contrast agent adds to the rate 1/T1.
    private double Signal(Tissue tissue)
    {
        double t1 = _modality == Modality.T1ce ? 1 / ((1 / tissue.T1) + (Relaxivity * tissue.Gadolinium * _dose)) : tissue.T1,
            recovery = Math.Exp(-_repetition / t1);
        double longitudinal = _modality == Modality.Flair ? Math.Abs(1 - (2 * Math.Exp(-_inversion / t1)) + recovery) : 1 - recovery;
        return tissue.Density * longitudinal * Math.Exp(-_echo / tissue.T2);
    }

    private double Coil(Point p, Point radii)
    {
        double u = p.X / radii.X, v = p.Y / radii.Y, w = p.Z / radii.Z;
        return Math.Exp(
            (_coil[0] * u) + (_coil[1] * v) + (_coil[2] * w) + (_coil[3] * u * u) + (_coil[4] * v * v) + (_coil[5] * w * w)
            + (_coil[6] * u * v) + (_coil[7] * u * w) + (_coil[8] * v * w));
    }

    private static float WhiteMatter(float[] signal, TissueKind[] kinds)
    {
        float[] white = [.. signal.Where((_, i) => kinds[i] == TissueKind.White)];
        if (white.Length == 0)
            return 1;
        Array.Sort(white);
        return white[white.Length / 2];
    }

    // Rician noise: the magnitude of a complex signal with normal noise in both parts.
    private void Digitise(Span<float> signal, ReadOnlySpan<TissueKind> kinds, float white, int z, bool isCut)
    {
        SplitMix64 random = SplitMix64.ForKey(_seed, 5, (long)_modality, z);
        double deviation = _noise * white, gain = Math.Exp(_logGain) / white;
        for (int i = 0; i < signal.Length; i++)
        {
            if (kinds[i] == TissueKind.Air || isCut)
            {
                signal[i] = 0;
                continue;
            }

            double radius = deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * random.NextDouble());
            double real = signal[i] + (radius * cosine), imaginary = radius * sine;
            signal[i] = (float)Math.Clamp(Math.Round(gain * Math.Sqrt((real * real) + (imaginary * imaginary))), 1, short.MaxValue);
        }
    }
}
