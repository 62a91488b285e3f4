namespace Smml.MLNet.Geometry;

/// <summary>For every voxel of one grid the nearest voxel of another whose index axes lie along the same directions: a table for each
/// axis.</summary>
internal sealed class GridMap
{
    // Affines come from single-precision files; without it a centre that lies midway between two would fall to either side.
    private const double Tie = 1e-4;

    // The largest part of a voxel that a shear may move a voxel over the whole grid.
    private const double Skew = 0.25;

    private readonly VolumeShape _target;
    private readonly VolumeShape _source;
    private readonly (int Axis, int[] Index)[] _tables;

    private GridMap(VolumeShape target, VolumeShape source, (int Axis, int[] Index)[] tables) =>
        (_target, _source, _tables) = (target, source, tables);

    /// <summary>The map from the voxels of a target grid to those of a source grid.</summary>
    /// <exception cref="InvalidOperationException">The axes of the grids do not lie along each other, or an affine is singular.</exception>
    public static GridMap Between(VolumeGrid target, VolumeGrid source)
    {
        // Column a: how far a step along the target's axis a goes in source voxels.
        (double X, double Y, double Z) Index(int i, int j, int k)
        {
            (double x, double y, double z) = target.Affine.Apply(i, j, k);
            return source.Affine.Invert(x, y, z);
        }

        double[] origin = ToArray(Index(0, 0, 0));
        (int, int[])[] tables = new (int, int[])[3];
        for (int axis = 0; axis < 3; axis++)
        {
            double[] step = ToArray(Index(axis == 0 ? 1 : 0, axis == 1 ? 1 : 0, axis == 2 ? 1 : 0));
            for (int i = 0; i < 3; i++)
                step[i] -= origin[i];
            int along = Enumerable.Range(0, 3).MaxBy(i => Math.Abs(step[i]));
            if (Enumerable.Range(0, 3).Any(i => i != along && Math.Abs(step[i]) * target.Shape[axis] > Skew))
                throw new InvalidOperationException($"The grids {target.Affine} and {source.Affine} do not lie along each other: "
                    + "a volume can be brought back only from its own axes.");
            int[] index = new int[target.Shape[axis]];
            for (int i = 0; i < index.Length; i++)
                index[i] = (int)Math.Floor(origin[along] + (step[along] * i) + 0.5 - Tie);
            tables[axis] = (along, index);
        }

        return new(target.Shape, source.Shape, tables);
    }

    /// <summary>The map of a volume's voxels in another order to those in the present one.</summary>
    public static GridMap Of(AxisOrder order, VolumeShape shape) => new(order.Apply(shape), shape, [.. order.Axes.Select(axis =>
    {
        int[] index = [.. Enumerable.Range(0, shape[axis.Axis])];
        if (axis.IsFlipped)
            Array.Reverse(index);
        return (axis.Axis, index);
    })]);

    /// <summary>The same map to a part of the source grid.</summary>
    public GridMap Part((int X, int Y, int Z) offset, VolumeShape shape)
    {
        int[] begin = [offset.X, offset.Y, offset.Z];
        return new(
            _target, shape, [.. _tables.Select(table => (table.Axis, table.Index.Select(index => index - begin[table.Axis]).ToArray()))]);
    }

    /// <summary>The values of the source at every voxel of the target; <paramref name="outside"/> where the source has no voxel.</summary>
    public float[] Take(ReadOnlySpan<float> voxels, float outside)
    {
        int[] strides = [1, _source.X, _source.X * _source.Y];
        int Step(int axis, int index) => (uint)index < (uint)_source[axis] ? index * strides[axis] : -1;
        int[][] steps = [.. _tables.Select(table => table.Index.Select(index => Step(table.Axis, index)).ToArray())];
        float[] taken = new float[checked((int)_target.Count)];
        if (outside != 0)
            Array.Fill(taken, outside);
        ReadOnlySpan<int> alongX = steps[0];
        for (int z = 0, row = 0; z < _target.Z; z++)
        {
            for (int y = 0; y < _target.Y; y++, row += _target.X)
            {
                int begin = steps[1][y] + steps[2][z];
                if (steps[1][y] < 0 || steps[2][z] < 0)
                    continue;
                Span<float> line = taken.AsSpan(row, _target.X);
                for (int x = 0; x < line.Length; x++)
                {
                    if (alongX[x] >= 0)
                        line[x] = voxels[begin + alongX[x]];
                }
            }
        }

        return taken;
    }

    private static double[] ToArray((double X, double Y, double Z) value) => [value.X, value.Y, value.Z];
}
