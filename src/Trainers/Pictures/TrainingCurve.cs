using Smml.MLNet.Files;

namespace Smml.MLNet.Pictures;

/// <summary>Draws the course of a training as a PNG: the loss terms above, the Dice of the validation cases below.</summary>
public static class TrainingCurve
{
    private const int Scale = 2; // drawn at twice the size, so that lines are smooth
    private const int Width = 1100 * Scale, Left = 84 * Scale, Right = 250 * Scale, Panel = 300 * Scale, Gap = 74 * Scale, Top = 52 * Scale,
        LetterSize = 2 * Scale;

    private static readonly Rgb s_paper = new(255, 255, 255), s_ink = new(34, 38, 46), s_faint = new(130, 136, 146),
        s_grid = new(228, 231, 236);

    private static readonly Rgb[] s_colours =
    [
        new(31, 97, 181),
        new(214, 96, 31),
        new(38, 140, 76),
        new(176, 42, 74),
        new(120, 84, 178),
        new(140, 112, 40),
        new(24, 146, 158),
        new(96, 96, 96),
    ];

    /// <summary>Draws a training.</summary>
    /// <param name="path">The PNG file; a PNG that is there is replaced.</param>
    /// <param name="history">The epochs, for example of <see cref="SegmentationTransformer.History"/>.</param>
    /// <exception cref="ArgumentException">There is no epoch.</exception>
    /// <exception cref="IOException">The file is there and is no PNG, its name is that of a volume, or it cannot be
    /// written.</exception>
    public static void Write(string path, IReadOnlyList<TrainingEpoch> history)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(history);
        Canvas canvas = Draw(history);
        PngWriter.Save(path, canvas.Width, canvas.Height, canvas.Pixels.ToArray());
    }

    internal static Canvas Draw(IReadOnlyList<TrainingEpoch> history)
    {
        if (history.Count == 0)
            throw new ArgumentException("There is no epoch to draw, expected at least one.", nameof(history));
        Line[] losses = Losses(history), dice = Dice(history);
        Canvas canvas = new(Width, Top + ((Panel + Gap) * (dice.Length > 0 ? 2 : 1)), s_paper);
        DrawPanel(canvas, Top, "Training: mean loss terms of an epoch, logarithmic", history, losses, LossAxis(losses, Top));
        int second = Top + Panel + Gap;
        if (dice.Length > 0)
            DrawPanel(
                canvas,
                second,
                "Validation: Dice of cases that training does not see",
                history,
                dice,
                CurveAxis.Linear(0, 1, second + Panel, second, 5));
        const string Notice = "Research use only, never a diagnosis";
        canvas.Text(Width - (16 * Scale) - Canvas.TextWidth(Notice, Scale), canvas.Height - (18 * Scale), Notice, s_faint, Scale);
        return canvas.Halved();
    }

    // One line per term, the mean over the networks.
    private static Line[] Losses(IReadOnlyList<TrainingEpoch> history)
    {
        string[] terms =
        [
            .. history
                .SelectMany(epoch => epoch.Losses)
                .Where(loss => loss.Role != LossRole.Total)
                .Select(loss => loss.Name)
                .Distinct(StringComparer.Ordinal),
        ];
        return [.. terms.Select((term, index) => new Line(term, s_colours[index % s_colours.Length],
        [
            .. from epoch in history
               let values = epoch.Losses
                   .Where(loss => loss.Name == term && loss.Role != LossRole.Total)
                   .Select(loss => loss.Value)
                   .ToArray()
               where values.Length > 0 && values.Average() > 0
               select ((double)epoch.Epoch, values.Average()),
        ]))];
    }

    // Each region, the mean over the subsets that are scored while training goes on.
    private static Line[] Dice(IReadOnlyList<TrainingEpoch> history)
    {
        TrainingEpoch[] scored = [.. history.Where(epoch => epoch.Validation is { Scores.Count: > 0 })];
        if (scored.Length == 0)
            return [];
        (string Name, Func<ValidationScores, double> Value)[] lines =
        [
            ("whole tumour", scores => scores.Mean(ScoredRegion.WholeTumor)),
            ("tumour core", scores => scores.Mean(ScoredRegion.TumorCore)),
            ("enhancing", scores => scores.Mean(ScoredRegion.EnhancingTumor)),
        ];
        return [.. lines.Select((line, index) => new Line(line.Name, s_colours[index],
            [
                .. scored
                    .Select(epoch => ((double)epoch.Epoch, line.Value(epoch.Validation!)))
                    .Where(point => double.IsFinite(point.Item2)),
            ])).Where(line => line.Points.Count > 0)];
    }

    private static CurveAxis LossAxis(Line[] lines, int top)
    {
        double[] values = [.. lines.SelectMany(line => line.Points).Select(point => point.Value)];
        (double low, double high) = values.Length == 0 ? (0.1, 1) : (values.Min() / 1.2, values.Max() * 1.2);
        return CurveAxis.Logarithmic(low, high, top + Panel, top);
    }

    private static void DrawPanel(
        Canvas canvas, int top, string title, IReadOnlyList<TrainingEpoch> history, Line[] lines, CurveAxis vertical)
    {
        int right = Width - Right, bottom = top + Panel;
        CurveAxis horizontal = CurveAxis.Linear(0, Math.Max(2, history[^1].Epoch), Left, right, 8);
        canvas.Text(Left, top - (28 * Scale), title, s_ink, LetterSize);
        foreach ((double value, string text) in vertical.Ticks)
        {
            int y = vertical.Place(value);
            canvas.Fill(Left, y, right - Left, Scale, s_grid);
            canvas.Text(Left - (8 * Scale) - Canvas.TextWidth(text, LetterSize), y - (7 * Scale), text, s_ink, LetterSize);
        }

        foreach ((double value, string text) in horizontal.Ticks.Where(tick => tick.Value == Math.Floor(tick.Value)))
        {
            int x = horizontal.Place(value);
            canvas.Fill(x, top, Scale, Panel, s_grid);
            canvas.Text(x - (Canvas.TextWidth(text, LetterSize) / 2), bottom + (8 * Scale), text, s_ink, LetterSize);
        }

        canvas.Fill(Left, bottom, right - Left, Scale, s_faint);
        canvas.Text(right + (40 * Scale), bottom + (8 * Scale), "epoch", s_ink, LetterSize);
        for (int i = 0; i < lines.Length; i++)
        {
            int y = top + (i * 26 * Scale);
            canvas.Fill(right + (14 * Scale), y + (5 * Scale), 18 * Scale, 4 * Scale, lines[i].Colour);
            canvas.Text(
                right + (40 * Scale), y, lines[i].Name.Replace("consistency", "cons.", StringComparison.Ordinal), s_ink, LetterSize);
            lines[i].DrawOn(canvas, horizontal, vertical);
        }
    }

    /// <summary>A line of a panel.</summary>
    private sealed record Line(string Name, Rgb Colour, IReadOnlyList<(double Epoch, double Value)> Points)
    {
        public void DrawOn(Canvas canvas, CurveAxis horizontal, CurveAxis vertical)
        {
            (int X, int Y)[] places = [.. Points.Select(point => (horizontal.Place(point.Epoch), vertical.Place(point.Value)))];
            for (int i = 1; i < places.Length; i++)
                canvas.Line(places[i - 1].X, places[i - 1].Y, places[i].X, places[i].Y, 2 * Scale, Colour);
            foreach ((int x, int y) in places.Length <= 60 ? places : [])
                canvas.Fill(x - (3 * Scale), y - (3 * Scale), 6 * Scale, 6 * Scale, Colour);
        }
    }
}
