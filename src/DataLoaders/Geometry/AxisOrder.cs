namespace Smml.MLNet.Geometry;

/// <summary>A new order of a volume's index axes: which old axis each new axis is, and whether it runs the other way.</summary>
internal readonly record struct AxisOrder
{
    private readonly (int Axis, bool IsFlipped)[] _axes;

    /// <summary>Makes an order of its three new axes, each a different old one.</summary>
    public AxisOrder(params ReadOnlySpan<(int Axis, bool IsFlipped)> axes) => _axes = axes.ToArray();

    /// <summary>The old axis of each new one, and whether it runs the other way.</summary>
    public IReadOnlyList<(int Axis, bool IsFlipped)> Axes => _axes;

    /// <summary>Whether every axis stays as it is.</summary>
    public bool IsIdentity => _axes is [(0, false), (1, false), (2, false)];

    /// <summary>The order that makes the index axes of an affine run to the given directions as nearly as they can without
    /// interpolation.</summary>
    /// <param name="affine">Where the axes run now.</param>
    /// <param name="codes">Where they shall run, for example <c>LPS</c>; see <see cref="Affine.AxisCodes"/>.</param>
    public static AxisOrder To(Affine affine, string codes)
    {
        string now = affine.AxisCodes;
        (int, bool)[] axes =
        [
            .. codes
                .Select(code => (now.AsSpan().IndexOfAny(code, Opposite(code)), !now.Contains(code, StringComparison.Ordinal))),
        ];
        return new(axes);
    }

    /// <summary>The same voxels in this order: every voxel keeps its place in the world.</summary>
    public VolumeGrid Apply(VolumeGrid grid)
    {
        Affine affine = grid.Affine;
        int[] origin = new int[3];
        foreach ((int axis, bool isFlipped) in _axes)
            origin[axis] = isFlipped ? grid.Shape[axis] - 1 : 0;
        Affine moved = affine.Translate(origin[0], origin[1], origin[2]);
        double[] rows = new double[12];
        for (int row = 0; row < 3; row++)
        {
            for (int column = 0; column < 3; column++)
                rows[(row * 4) + column] = affine[row, _axes[column].Axis] * (_axes[column].IsFlipped ? -1 : 1);
            rows[(row * 4) + 3] = moved[row, 3];
        }

        return new(Apply(grid.Shape), new(rows));
    }

    /// <summary>The sizes in this order.</summary>
    public VolumeShape Apply(VolumeShape shape) => new(shape[_axes[0].Axis], shape[_axes[1].Axis], shape[_axes[2].Axis]);

    private static char Opposite(char code) => "LRPAIS"["RLAPSI".IndexOf(code, StringComparison.Ordinal)];
}
