namespace Smml.MLNet.Pictures;

/// <summary>One plane of a volume as a square PNG.</summary>
internal static class PlaneTile
{
    /// <summary>A scan in grey, linear between voxels.</summary>
    /// <param name="scan">The scan.</param>
    /// <param name="view">The plane.</param>
    /// <param name="box">The part that is shown.</param>
    /// <param name="slice">The slice of the plane.</param>
    /// <param name="window">What is black and white.</param>
    /// <param name="side">Pixels of a side.</param>
    /// <param name="brightest">The brightness of white, 0 to 1.</param>
    public static byte[] Grey(
        Volume scan, PlaneView view, DisplayBox box, int slice, IntensityWindow window, int side, double brightest = 1)
    {
        byte[] grey = new byte[side * side];
        Each(view, box, side, (pixel, column, row) =>
            grey[pixel] = Rgb.Grey(brightest * window.Brightness(view.Interpolate(scan, column, row, slice))).R);
        using MemoryStream png = new();
        PngWriter.WriteGrey(png, side, side, grey);
        return png.ToArray();
    }

    /// <summary>Labels in the colours of their classes.</summary>
    /// <param name="label">The labels.</param>
    /// <param name="view">The plane.</param>
    /// <param name="box">The part that is shown.</param>
    /// <param name="slice">The slice of the plane.</param>
    /// <param name="colors">The colours.</param>
    /// <param name="side">Pixels of a side.</param>
    public static byte[] Coloured(Volume label, PlaneView view, DisplayBox box, int slice, LabelColors colors, int side)
    {
        byte[] rgb = new byte[3 * side * side];
        Each(view, box, side, (pixel, column, row) =>
        {
            Rgb colour = colors.Of(view.At(label, (int)Math.Round(column), (int)Math.Round(row), slice)) ?? Rgb.Black;
            (rgb[3 * pixel], rgb[(3 * pixel) + 1], rgb[(3 * pixel) + 2]) = (colour.R, colour.G, colour.B);
        });
        using MemoryStream png = new();
        PngWriter.Write(png, side, side, rgb);
        return png.ToArray();
    }

    // Each pixel whose nearest voxel exists; the others stay black.
    private static void Each(PlaneView view, DisplayBox box, int side, Action<int, double, double> draw)
    {
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                (double column, double row) = box.Place(view, x, y, side);
                if (column > -0.5 && row > -0.5 && column < view.Columns - 0.5 && row < view.Rows - 0.5)
                    draw(x + (side * y), column, row);
            }
        }
    }
}
