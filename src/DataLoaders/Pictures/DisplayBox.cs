namespace Smml.MLNet.Pictures;

/// <summary>The square part of the display that shows the head, in voxels of the view and millimetres.</summary>
internal readonly record struct DisplayBox(double CentreColumn, double CentreRow, double SideMillimetres)
{
    private const double Margin = 1.06;

    /// <summary>The square around the tissue of all slices and scans, so that every tile shows the same place.</summary>
    public static DisplayBox Around(PlaneView view, IEnumerable<Volume> scans)
    {
        int left = view.Columns, right = -1, top = view.Rows, bottom = -1;
        foreach (Volume scan in scans)
        {
            for (int slice = 0; slice < view.Slices; slice++)
            {
                for (int row = 0; row < view.Rows; row++)
                {
                    for (int column = 0; column < view.Columns; column++)
                    {
                        if (view.At(scan, column, row, slice) == scan.Background)
                            continue;
                        (left, right) = (Math.Min(left, column), Math.Max(right, column));
                        (top, bottom) = (Math.Min(top, row), Math.Max(bottom, row));
                    }
                }
            }
        }

        if (right < 0)
            (left, right, top, bottom) = (0, view.Columns - 1, 0, view.Rows - 1);
        double side = Math.Max((right - left + 1) * view.ColumnSpacing, (bottom - top + 1) * view.RowSpacing) * Margin;
        return new((left + right) / 2.0, (top + bottom) / 2.0, side);
    }

    /// <summary>The place of a pixel of a tile in voxels of the view.</summary>
    public (double Column, double Row) Place(PlaneView view, int x, int y, int tile)
    {
        double millimetres = SideMillimetres / tile;
        return (
            CentreColumn + ((x + 0.5 - (tile / 2.0)) * millimetres / view.ColumnSpacing),
            CentreRow + ((y + 0.5 - (tile / 2.0)) * millimetres / view.RowSpacing));
    }
}
