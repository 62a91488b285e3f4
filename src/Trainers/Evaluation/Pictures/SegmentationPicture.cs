namespace Smml.MLNet.Pictures;

/// <summary>Draws segmentations as a PNG: four scans, the expert's labels and the model's, on
/// the axial slice with the most tumour.</summary>
/// <remarks>A picture is for a quick look at a result; it is no substitute for a viewer, and never for a diagnosis.</remarks>
public static class SegmentationPicture
{
    private const int Tile = 220, Gap = 6, Margin = 10, TitleHeight = 30, CaptionHeight = 22, FooterHeight = 32;
    private const double Opacity = 0.7;
    private const string Notice = "Research use only, never a diagnosis";

    private static readonly Rgb s_background = new(16, 18, 22), s_text = new(228, 230, 234), s_faint = new(120, 126, 136),
        s_empty = new(34, 37, 43);

    /// <summary>Draws one case.</summary>
    /// <param name="path">The PNG file; a PNG that is there is replaced.</param>
    /// <param name="scans">Flair, T1ce, T1 and T2 in this order; null where the scan is missing.</param>
    /// <param name="truth">The expert segmentation, or null.</param>
    /// <param name="prediction">What a model found.</param>
    /// <exception cref="ArgumentException">There are not four scans, all are missing, or a volume lies on another grid.</exception>
    /// <exception cref="IOException">The file is there and is no PNG, its name is that of a volume, or it cannot be
    /// written.</exception>
    public static void Write(string path, IReadOnlyList<Volume?> scans, Volume? truth, Volume prediction) =>
        Write(path, [new SegmentationPictureRow { Scans = scans, Truth = truth, Prediction = prediction }]);

    /// <summary>Draws several cases, or one with several sets of scans, below each other.</summary>
    /// <param name="path">The PNG file; a PNG that is there is replaced.</param>
    /// <param name="rows">At least one.</param>
    /// <exception cref="ArgumentException">There is no row, or one does not have the volumes of one case.</exception>
    /// <exception cref="IOException">The file is there and is no PNG, its name is that of a volume, or it cannot be
    /// written.</exception>
    public static void Write(string path, IReadOnlyList<SegmentationPictureRow> rows)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(rows);
        Canvas canvas = Draw(rows);
        PngWriter.Save(path, canvas.Width, canvas.Height, canvas.Pixels.ToArray());
    }

    /// <summary>The left edge of a tile, 0 to 5; tiles have no other horizontal order.</summary>
    internal static int Left(int tile) => Margin + (tile * (Tile + Gap));

    internal static Canvas Draw(IReadOnlyList<SegmentationPictureRow> rows)
    {
        if (rows.Count == 0)
            throw new ArgumentException("A picture has no row, expected at least one.", nameof(rows));
        int height = Margin + rows.Sum(HeightOf) + FooterHeight;
        Canvas canvas = new(Left(ModalitySet.ModalityCount + 2) - Gap + Margin, height, s_background);
        int top = Margin;
        foreach (SegmentationPictureRow row in rows)
        {
            DrawRow(canvas, top, row.OnOneGrid());
            top += HeightOf(row);
        }

        DrawFooter(canvas, height - FooterHeight + Gap, rows[0]);
        return canvas;
    }

    private static int HeightOf(SegmentationPictureRow row) => (row.Title is null ? 0 : TitleHeight) + CaptionHeight + Tile + Gap;

    private static void DrawRow(Canvas canvas, int top, SegmentationPictureRow row)
    {
        if (row.Title is not null)
        {
            canvas.Text(Left(0), top + 6, row.Title, Rgb.White);
            top += TitleHeight;
        }

        int first = Enumerable.Range(0, ModalitySet.ModalityCount).First(tile => row.Scans[tile] is not null);
        Volume shown = row.Scans[first]!;
        PlaneView view = PlaneView.Axial(shown.Grid);
        DisplayBox box = DisplayBox.Around(view, row.Scans.OfType<Volume>());
        LabelConvention convention = ConventionOf(row);
        int slice = (row.Truth is null ? null : view.FullestSlice(row.Truth)) ?? view.FullestSlice(row.Prediction) ?? view.Slices / 2;
        foreach (Modality modality in ModalitySet.All)
            DrawTile((int)modality, modality.ToString(), row.Scans[(int)modality], null);
        canvas.Text(Left(first) + 4, top + CaptionHeight + (Tile / 2) - 7, "R", s_faint); // the patient's right is on the left
        DrawTile(ModalitySet.ModalityCount, "truth", row.Truth is null ? null : shown, row.Truth);
        DrawTile(ModalitySet.ModalityCount + 1, "prediction", shown, row.Prediction);

        void DrawTile(int tile, string caption, Volume? scan, Volume? label)
        {
            canvas.Text(Left(tile), top + 2, caption, s_text);
            if (scan is null)
                DrawMissing(canvas, Left(tile), top + CaptionHeight);
            else
                DrawSlice(
                    canvas, Left(tile), top + CaptionHeight, view, box, slice, scan, label, new(label?.LabelConvention ?? convention));
        }
    }

    private static void DrawSlice(
        Canvas canvas, int left, int top, PlaneView view, DisplayBox box, int slice, Volume scan, Volume? label, LabelColors colors)
    {
        IntensityWindow window = IntensityWindow.Of(scan);
        for (int y = 0; y < Tile; y++)
        {
            for (int x = 0; x < Tile; x++)
            {
                (double column, double row) = box.Place(view, x, y, Tile);
                int nearestColumn = (int)Math.Round(column), nearestRow = (int)Math.Round(row);
                Rgb colour = Rgb.Black;
                if ((uint)nearestColumn < (uint)view.Columns && (uint)nearestRow < (uint)view.Rows)
                {
                    colour = Rgb.Grey(window.Brightness(view.Interpolate(scan, column, row, slice)));
                    if (label is not null && colors.Of(view.At(label, nearestColumn, nearestRow, slice)) is { } over)
                        colour = colour.Under(over, Opacity);
                }

                canvas[left + x, top + y] = colour;
            }
        }
    }

    private static void DrawMissing(Canvas canvas, int left, int top)
    {
        const string Text = "missing";
        int width = Canvas.TextWidth(Text), middle = top + (Tile / 2);
        canvas.Fill(left, top, Tile, Tile, s_empty);
        canvas.Cross(left, top, Tile, s_faint);
        canvas.Fill(left + ((Tile - width) / 2) - 8, middle - 14, width + 16, 28, s_empty);
        canvas.Text(left + ((Tile - width) / 2), middle - 8, Text, s_text);
    }

    private static void DrawFooter(Canvas canvas, int top, SegmentationPictureRow row)
    {
        int left = Left(0);
        foreach ((string name, Rgb colour) in new LabelColors(ConventionOf(row)).Legend)
        {
            canvas.Fill(left, top, 14, 14, colour);
            canvas.Text(left + 22, top, name, s_text);
            left += 22 + Canvas.TextWidth(name) + 28;
        }

        canvas.Text(canvas.Width - Margin - Canvas.TextWidth(Notice), top, Notice, s_faint);
    }

    // Scans and labels that were read without a pipeline carry none; a prediction always does.
    private static LabelConvention ConventionOf(SegmentationPictureRow row) =>
        row.Prediction.LabelConvention ?? row.Truth?.LabelConvention ?? LabelConvention.BraTS2018;
}
