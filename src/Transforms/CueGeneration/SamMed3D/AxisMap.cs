namespace Smml.MLNet.CueGeneration;

/// <summary>How one axis of a <see cref="RegionOfInterest"/> lies in the case: which array axis it is, whether it runs the other way, and
/// how its voxels fall between those of the case.</summary>
internal sealed class AxisMap
{
    private readonly int _size;
    private readonly int _stride;
    private readonly bool _isFlipped;
    private readonly double _ratio;
    private readonly int _resampledSize;
    private readonly int _cubeStride;

    private AxisMap(int sourceAxis, int size, int stride, bool isFlipped, double ratio, int side, int cubeStride)
    {
        (SourceAxis, _size, _stride, _isFlipped, _ratio, Side, _cubeStride) =
            (sourceAxis, size, stride, isFlipped, ratio, side, cubeStride);
        _resampledSize = Math.Max(1, (int)Math.Ceiling((size / ratio) - 1e-6));
    }

    /// <summary>The array axis of the case, 0 to 2.</summary>
    public int SourceAxis { get; }

    /// <summary>Voxels of the cube along the axis.</summary>
    public int Side { get; }

    /// <summary>Where the cube begins on the resampled, turned grid.</summary>
    public int Begin { get; set; }

    /// <summary>The three axes of the cube: to the right, to anterior, to superior.</summary>
    public static AxisMap[] Of(VolumeGrid grid, int side, double spacing)
    {
        (double x, double y, double z) = grid.Affine.Spacing;
        double[] old = [x, y, z];
        int[] strides = [1, grid.Shape.X, grid.Shape.X * grid.Shape.Y];
        string codes = grid.Affine.AxisCodes;
        AxisMap[] axes = new AxisMap[3];
        for (int axis = 0; axis < 3; axis++)
        {
            (int world, bool isFlipped) = codes[axis] switch
            {
                'R' => (0, false),
                'L' => (0, true),
                'A' => (1, false),
                'P' => (1, true),
                'S' => (2, false),
                _ => (2, true),
            };
            axes[world] = new(axis, grid.Shape[axis], strides[axis], isFlipped, spacing / old[axis], side, world switch
            {
                0 => side * side,
                1 => side,
                _ => 1,
            });
        }

        return axes;
    }

    /// <summary>For each voxel of the resampled, turned grid the element offset of the nearest voxel of the case along this axis.</summary>
    public int[] NearestOfResampled() => [.. Enumerable.Range(0, _resampledSize).Select(i => Nearest(Position(i)))];

    /// <summary>The same for the voxels of the cube; -1 outside the case.</summary>
    public int[] CubeNearest() => [.. Enumerable.Range(Begin, Side).Select(i => i >= 0 && i < _resampledSize ? Nearest(Position(i)) : -1)];

    /// <summary>For each voxel of the cube the two neighbours along this axis, as element offsets of the case.</summary>
    public (int Low, int High, float Weight, bool Inside)[] CubeTaps() =>
        [.. Enumerable.Range(Begin, Side).Select(i => i >= 0 && i < _resampledSize ? Taps(Position(i), _size, _stride) : default)];

    /// <summary>For each voxel of the case the two neighbours along this axis, as element offsets of the cube.</summary>
    public (int Low, int High, float Weight, bool Inside)[] SourceTaps() => [.. Enumerable.Range(0, _size).Select(v =>
    {
        double resampled = (v - ((_ratio - 1) / 2)) / _ratio;
        return Taps((_isFlipped ? _resampledSize - 1 - resampled : resampled) - Begin, Side, _cubeStride);
    })];

    // Where a voxel of the resampled, turned grid lies, in voxels of the case.
    private double Position(int i) => ((_isFlipped ? _resampledSize - 1 - i : i) * _ratio) + ((_ratio - 1) / 2);

    private int Nearest(double position) => Math.Clamp((int)Math.Floor(position + 0.5), 0, _size - 1) * _stride;

    // Half a voxel beyond the outer centres still counts as inside and takes the outer voxel's value.
    private static (int Low, int High, float Weight, bool Inside) Taps(double position, int size, int stride)
    {
        double clamped = Math.Clamp(position, 0, size - 1);
        int low = (int)Math.Floor(clamped), high = Math.Min(low + 1, size - 1);
        return (low * stride, high * stride, (float)(clamped - low), position >= -0.5 && position <= size - 0.5);
    }
}
