namespace Smml.MLNet.Pictures;

/// <summary>A volume as radiologists look at it, slice by slice in one of the three planes.</summary>
internal sealed class PlaneView
{
    private readonly VolumeShape _shape;
    private readonly (int Axis, bool Flip) _column;
    private readonly (int Axis, bool Flip) _row;
    private readonly int _sliceAxis;
    private readonly double[] _spacing;

    private PlaneView(VolumeGrid grid, char columns, char rows)
    {
        string codes = grid.Affine.AxisCodes;
        _shape = grid.Shape;
        _column = Find(codes, columns);
        _row = Find(codes, rows);
        _sliceAxis = 3 - _column.Axis - _row.Axis;
        (double x, double y, double z) = grid.Affine.Spacing;
        _spacing = [x, y, z];
    }

    /// <summary>The patient's left on the right side, anterior up.</summary>
    public static PlaneView Axial(VolumeGrid grid) => new(grid, 'L', 'P');

    /// <summary>The patient's left on the right side, superior up.</summary>
    public static PlaneView Coronal(VolumeGrid grid) => new(grid, 'L', 'I');

    /// <summary>Anterior on the left side, superior up.</summary>
    public static PlaneView Sagittal(VolumeGrid grid) => new(grid, 'P', 'I');

    public int Columns => _shape[_column.Axis];

    public int Rows => _shape[_row.Axis];

    public int Slices => _shape[_sliceAxis];

    /// <summary>Millimetres from one column to the next.</summary>
    public double ColumnSpacing => _spacing[_column.Axis];

    /// <summary>Millimetres from one row to the next.</summary>
    public double RowSpacing => _spacing[_row.Axis];

    /// <summary>The voxel at a place of the display.</summary>
    public float At(Volume volume, int column, int row, int slice)
    {
        Span<int> index = stackalloc int[3];
        index[_column.Axis] = _column.Flip ? Columns - 1 - column : column;
        index[_row.Axis] = _row.Flip ? Rows - 1 - row : row;
        index[_sliceAxis] = slice;
        return volume[index[0], index[1], index[2]];
    }

    /// <summary>The value between voxels, linear in the plane; beyond the border the border's value.</summary>
    public double Interpolate(Volume volume, double column, double row, int slice)
    {
        column = Math.Clamp(column, 0, Columns - 1);
        row = Math.Clamp(row, 0, Rows - 1);
        int left = (int)column, top = (int)row, right = Math.Min(left + 1, Columns - 1), bottom = Math.Min(top + 1, Rows - 1);
        double x = column - left, y = row - top;
        return ((((1 - x) * At(volume, left, top, slice)) + (x * At(volume, right, top, slice))) * (1 - y))
            + ((((1 - x) * At(volume, left, bottom, slice)) + (x * At(volume, right, bottom, slice))) * y);
    }

    /// <summary>The slice with the most voxels above 0, or null where there is none.</summary>
    public int? FullestSlice(Volume label) => FullestSlice(label, value => value > 0);

    /// <summary>The slice with the most voxels that count, or null where there is none.</summary>
    public int? FullestSlice(Volume volume, Predicate<float> counts)
    {
        int? best = null;
        int most = 0;
        for (int slice = 0; slice < Slices; slice++)
        {
            int count = 0;
            for (int row = 0; row < Rows; row++)
            {
                for (int column = 0; column < Columns; column++)
                    count += counts(At(volume, column, row, slice)) ? 1 : 0;
            }

            if (count > most)
                (best, most) = (slice, count);
        }

        return best;
    }

    // The axis that runs to a side of the patient, and whether it runs the other way.
    private static (int Axis, bool Flip) Find(string codes, char side) =>
        codes.Contains(side, StringComparison.Ordinal)
            ? (codes.IndexOf(side), false)
            : (codes.IndexOf("LRPAIS"["RLAPSI".IndexOf(side, StringComparison.Ordinal)]), true);
}
