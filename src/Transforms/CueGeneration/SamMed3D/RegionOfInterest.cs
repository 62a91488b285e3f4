using System.Buffers;

namespace Smml.MLNet.CueGeneration;

/// <summary>The cube of a case that SAM-Med3D sees: resampled, turned to R, A, S, centred on the tumour, zero outside the scan.</summary>
/// <remarks>The geometry is that of the published inference script (torchio's Resample, ToCanonical and CropOrPad): output voxel i lies at
/// input position i * r + (r - 1) / 2 with r = new / old spacing, up to ceil(n / r) voxels; the cube begins at the centre of the label's
/// box less half its side. Cubes are stored with the last axis (superior) fastest, as the network takes them.</remarks>
internal sealed class RegionOfInterest
{
    private readonly VolumeShape _shape;
    private readonly AxisMap[] _axes;

    private RegionOfInterest(VolumeShape shape, AxisMap[] axes) => (_shape, _axes) = (shape, axes);

    /// <summary>Voxels along each side.</summary>
    public int Side => _axes[0].Side;

    /// <summary>The first voxel of the cube on the resampled, turned grid.</summary>
    public (int X, int Y, int Z) Begin => (_axes[0].Begin, _axes[1].Begin, _axes[2].Begin);

    /// <summary>Whether a part of the tumour lies outside the cube.</summary>
    public bool CutsTumor { get; private init; }

    /// <summary>Finds the cube.</summary>
    /// <param name="grid">The grid of the case's volumes.</param>
    /// <param name="isTumor">Whether a voxel, in the order of the volume, is tumour.</param>
    /// <param name="side">Voxels along each side.</param>
    /// <param name="spacing">The length of a voxel of the cube in millimetres.</param>
    /// <returns>The cube; null when no voxel is tumour on the resampled grid.</returns>
    public static RegionOfInterest? Around(VolumeGrid grid, ReadOnlySpan<bool> isTumor, int side, double spacing)
    {
        AxisMap[] axes = AxisMap.Of(grid, side, spacing);
        int[][] nearest = [.. axes.Select(axis => axis.NearestOfResampled())];
        int[] first = [int.MaxValue, int.MaxValue, int.MaxValue], last = [-1, -1, -1];
        for (int a = 0; a < nearest[0].Length; a++)
        {
            for (int b = 0; b < nearest[1].Length; b++)
            {
                for (int c = 0; c < nearest[2].Length; c++)
                {
                    if (!isTumor[nearest[0][a] + nearest[1][b] + nearest[2][c]])
                        continue;
                    (first[0], last[0]) = (Math.Min(first[0], a), Math.Max(last[0], a));
                    (first[1], last[1]) = (Math.Min(first[1], b), Math.Max(last[1], b));
                    (first[2], last[2]) = (Math.Min(first[2], c), Math.Max(last[2], c));
                }
            }
        }

        if (last[0] < 0)
            return null;
        bool cuts = false;
        for (int axis = 0; axis < 3; axis++)
        {
            // The centre of the box [first, last + 1); where it and the side do not fit the same lattice, half a voxel less.
            int twice = first[axis] + last[axis] + 1;
            bool isWhole = twice % 2 == 0, isEven = side % 2 == 0;
            axes[axis].Begin = ((isEven == isWhole ? twice : twice - 1) - side) / 2;
            cuts |= first[axis] < axes[axis].Begin || last[axis] >= axes[axis].Begin + side;
        }

        return new(grid.Shape, axes) { CutsTumor = cuts };
    }

    /// <summary>The cube of a scan, trilinear, with mean 0 and deviation 1 over its voxels above the background (sample deviation, all
    /// voxels transformed).</summary>
    /// <exception cref="InvalidDataException">The cube holds no tissue, or tissue of one value only.</exception>
    public float[] Extract(Volume scan)
    {
        (int Low, int High, float Weight, bool Inside)[][] taps = [.. _axes.Select(axis => axis.CubeTaps())];
        ReadOnlySpan<float> voxels = scan.Voxels;
        float[] cube = new float[Side * Side * Side];
        int element = 0;
        foreach ((int Low, int High, float Weight, bool Inside) a in taps[0])
        {
            foreach ((int Low, int High, float Weight, bool Inside) b in taps[1])
            {
                foreach ((int Low, int High, float Weight, bool Inside) c in taps[2])
                {
                    if (a.Inside && b.Inside && c.Inside)
                        cube[element] = Trilinear(voxels, a, b, c) - scan.Background;
                    element++;
                }
            }
        }

        Standardize(cube, scan.Source ?? "a scan");
        return cube;
    }

    /// <summary>Which voxels of the cube show the tumour voxels of the case (nearest neighbour).</summary>
    public bool[] Extract(ReadOnlySpan<bool> mask)
    {
        int[][] nearest = [.. _axes.Select(axis => axis.CubeNearest())];
        bool[] cube = new bool[Side * Side * Side];
        int element = 0;
        foreach (int a in nearest[0])
        {
            foreach (int b in nearest[1])
            {
                foreach (int c in nearest[2])
                    cube[element++] = a >= 0 && b >= 0 && c >= 0 && mask[a + b + c];
            }
        }

        return cube;
    }

    /// <summary>Brings logits back to the case: trilinear to the cube's grid, trilinear to the voxels of the case, then the probability; 0
    /// outside the cube.</summary>
    /// <param name="logits">A cube of any side that covers the same space, last axis fastest.</param>
    /// <param name="probability">Receives one value per voxel, in the order of the volume.</param>
    public void Paste(ReadOnlySpan<float> logits, Span<float> probability)
    {
        float[] cube = ArrayPool<float>.Shared.Rent(Side * Side * Side);
        CubeMath.Enlarge(logits, Side, cube);
        (int Low, int High, float Weight, bool Inside)[][] taps = new (int, int, float, bool)[3][];
        foreach (AxisMap axis in _axes)
            taps[axis.SourceAxis] = axis.SourceTaps();
        int element = 0;
        for (int z = 0; z < _shape.Z; z++)
        {
            for (int y = 0; y < _shape.Y; y++)
            {
                for (int x = 0; x < _shape.X; x++, element++)
                {
                    bool inside = taps[0][x].Inside && taps[1][y].Inside && taps[2][z].Inside;
                    probability[element] = inside ? 1 / (1 + MathF.Exp(-Trilinear(cube, taps[0][x], taps[1][y], taps[2][z]))) : 0;
                }
            }
        }

        ArrayPool<float>.Shared.Return(cube);
    }

    private static float Trilinear(
        ReadOnlySpan<float> values,
        (int Low, int High, float Weight, bool Inside) a,
        (int Low, int High, float Weight, bool Inside) b,
        (int Low, int High, float Weight, bool Inside) c)
    {
        float lowLow = Line(values, a.Low + b.Low, c), lowHigh = Line(values, a.Low + b.High, c);
        float highLow = Line(values, a.High + b.Low, c), highHigh = Line(values, a.High + b.High, c);
        float low = lowLow + ((lowHigh - lowLow) * b.Weight), high = highLow + ((highHigh - highLow) * b.Weight);
        return low + ((high - low) * a.Weight);
    }

    private static float Line(ReadOnlySpan<float> values, int at, (int Low, int High, float Weight, bool Inside) c) =>
        values[at + c.Low] + ((values[at + c.High] - values[at + c.Low]) * c.Weight);

    private static void Standardize(float[] cube, string source)
    {
        long count = 0;
        double sum = 0, squares = 0;
        foreach (float value in cube)
        {
            if (value > 0)
                (count, sum) = (count + 1, sum + value);
        }

        double mean = sum / count;
        foreach (float value in cube)
            squares += value > 0 ? (value - mean) * (value - mean) : 0;
        double deviation = Math.Sqrt(squares / (count - 1));
        if (!(deviation > 0) || !double.IsFinite(deviation))
            throw new InvalidDataException($"{source}: the {count} voxels of tissue around the tumour have no finite standard deviation "
                + "above 0. Check that the file holds an image, or mark the scan as missing.");
        for (int i = 0; i < cube.Length; i++)
            cube[i] = (float)((cube[i] - mean) / deviation);
    }
}
