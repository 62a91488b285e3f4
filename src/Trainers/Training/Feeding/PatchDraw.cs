namespace Smml.MLNet.Training;

/// <summary>Every random decision about one training sample. Drawing knows no voxels; applying
/// (<see cref="PatchSampler"/>) knows no randomness.</summary>
internal sealed class PatchDraw
{
    /// <summary>The first voxel of the patch; negative or too large where the volume is smaller than the patch.</summary>
    public required (int X, int Y, int Z) Start { get; init; }

    /// <summary>The plane of rotation, as its two array axes in ascending order.</summary>
    public (int First, int Second) Plane { get; init; } = (0, 1);

    /// <summary>The angle in degrees.</summary>
    public double Angle { get; init; }

    /// <summary>Factor for slice x of modality m, element x * 4 + m.</summary>
    public required float[] Scale { get; init; }

    /// <summary>Offset for slice x of modality m, element x * 4 + m.</summary>
    public required float[] Shift { get; init; }

    /// <summary>Which axes are mirrored.</summary>
    public (bool X, bool Y, bool Z) Flip { get; init; }

    /// <summary>The subsets of its scans with which the sample is shown; different ones, unless the case has too few scans.</summary>
    public IReadOnlyList<ModalitySet> Masks { get; init; } = [];

    /// <summary>Begins the random stream of what a method itself draws about the sample.</summary>
    public ulong OwnSeed { get; init; }

    /// <summary>Draws a sample of a case, in the order of the released transforms: place, rotation, intensity, mirrors, masks.</summary>
    /// <param name="random">The stream of the sample.</param>
    /// <param name="source">The case.</param>
    /// <param name="patch">The network's window.</param>
    /// <param name="options">How patches are varied.</param>
    /// <param name="masks">How many masks the sample needs.</param>
    /// <param name="choices">The subsets from which they are drawn; null for all 15.</param>
    public static PatchDraw Draw(
        SplitMix64 random,
        TrainingCase source,
        VolumeShape patch,
        AugmentationOptions options,
        int masks,
        IReadOnlyList<ModalitySet>? choices = null)
    {
        (int X, int Y, int Z) start = DrawStart(random, source, patch, options.ForegroundSampling);
        (int, int) plane = random.Integer(0, 2) switch { 0 => (0, 1), 1 => (1, 2), _ => (0, 2) };
        int angle = options.RotationDegrees == 0 ? 0 : random.Integer(-options.RotationDegrees, options.RotationDegrees - 1);
        float[] scale = new float[patch.X * ModalitySet.ModalityCount], shift = new float[scale.Length];
        for (int i = 0; i < scale.Length; i++)
        {
            scale[i] = (float)random.Uniform(1 - options.IntensityScale, 1 + options.IntensityScale);
            shift[i] = (float)random.Uniform(-options.IntensityShift, options.IntensityShift);
        }

        bool Mirror() => random.NextDouble() < options.FlipProbability;
        (bool, bool, bool) flip = (Mirror(), Mirror(), Mirror());
        return new()
        {
            Start = start,
            Plane = plane,
            Angle = angle,
            Scale = scale,
            Shift = shift,
            Flip = flip,
            Masks = DrawMasks(random, source.Available, masks, choices),
            OwnSeed = random.NextUInt64(),
        };
    }

    /// <summary>Subsets of the scans that the case has, each choice of different ones equally likely. A method that needs fewer masks gets
    /// the first of those that another gets. If the case has too few subsets, they repeat.</summary>
    internal static IReadOnlyList<ModalitySet> DrawMasks(
        SplitMix64 random, ModalitySet available, int count, IReadOnlyList<ModalitySet>? choices = null)
    {
        ModalitySet[] all = [.. (choices ?? ModalitySet.TrainingMasks).Where(mask => mask.IsSubsetOf(available))];
        if (all.Length == 1)
            return [.. Enumerable.Repeat(all[0], count)];
        List<ModalitySet> left = [.. all];
        ModalitySet[] drawn = new ModalitySet[count];
        for (int i = 0; i < count; i++)
        {
            if (left.Count == 0)
                left.AddRange(all);
            int place = random.Integer(0, left.Count - 1);
            drawn[i] = left[place];
            left.RemoveAt(place);
        }

        return drawn;
    }

    private static (int X, int Y, int Z) DrawStart(SplitMix64 random, TrainingCase source, VolumeShape patch, double foreground)
    {
        VolumeShape shape = source.Shape;
        int Place(int axis) => random.Integer(Math.Min(0, shape[axis] - patch[axis]), Math.Max(0, shape[axis] - patch[axis]));
        (int X, int Y, int Z) start = (Place(0), Place(1), Place(2));
        if (foreground <= 0 || random.NextDouble() >= foreground)
            return start;

        // A few tries find a tumour voxel where there is one; the patch is then placed so that it holds it.
        ReadOnlySpan<byte> classes = source.Classes.Span;
        for (int tries = 0; tries < 4096; tries++)
        {
            int x = random.Integer(0, shape.X - 1), y = random.Integer(0, shape.Y - 1), z = random.Integer(0, shape.Z - 1);
            if (classes[x + (shape.X * (y + (shape.Y * z)))] == 0)
                continue;
            int Around(int voxel, int axis) => Math.Clamp(
                voxel - random.Integer(0, patch[axis] - 1),
                Math.Min(0, shape[axis] - patch[axis]),
                Math.Max(0, shape[axis] - patch[axis]));
            return (Around(x, 0), Around(y, 1), Around(z, 2));
        }

        return start;
    }
}
