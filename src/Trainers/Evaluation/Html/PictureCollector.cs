using Smml.MLNet.Cases;
using Smml.MLNet.Pictures;

namespace Smml.MLNet.Html;

/// <summary>Draws a case while its volumes are at hand, small enough to be kept until it is known which cases a report shows.</summary>
internal sealed class PictureCollector(EvaluationOptions options, OrientationSource? orientationSource)
{
    /// <summary>Pixels of a side.</summary>
    public const int Side = 240;

    // White lines stay visible on the brightest tissue.
    private const double Brightest = 0.8;

    private (CasePicture Picture, PlaneView[] Views, int[] Slices)? _current;
    private bool _begun;

    /// <summary>What was drawn; null where nothing was.</summary>
    public CasePicture? Picture => _current?.Picture;

    /// <summary>Adds what was found in the case with a subset. A case whose scan cannot be drawn has no picture;
    /// that is no failure of the evaluation.</summary>
    public void Add(BraTSCase row, ModalitySet subset, Volume segmentation, Volume truth)
    {
        if (options.Pictures == 0)
            return;
        if (!_begun)
            _current = Begin(row, subset, truth);
        _begun = true;
        if (_current is not { } current)
            return;
        for (int plane = 0; plane < current.Views.Length; plane++)
            current.Picture.Planes[plane].Predictions[subset] = Outlines(segmentation, current.Views[plane], current.Slices[plane]);
    }

    /// <summary>Some of the pictures, evenly from the worst case to the best.</summary>
    public static IReadOnlyList<CasePicture> Choose(IEnumerable<CasePicture> pictures, IReadOnlyList<SegmentationScore> scores, int wanted)
    {
        Dictionary<string, CasePicture> byName = [];
        foreach (CasePicture picture in pictures)
            byName.TryAdd(picture.CaseId, picture);
        string[] ranked = [.. new ReportScores(scores).Ranked().Where(byName.ContainsKey)];
        return [.. Ranks(ranked.Length, wanted).Select(rank => byName[ranked[rank]])];
    }

    /// <summary>Places in a list from first to last, evenly spaced; one place is the first.</summary>
    internal static IEnumerable<int> Ranks(int count, int wanted) =>
        wanted >= count
            ? Enumerable.Range(0, count)
            : Enumerable.Range(0, wanted).Select(i => wanted == 1 ? 0 : (int)Math.Round((double)i * (count - 1) / (wanted - 1)));

    private (CasePicture Picture, PlaneView[] Views, int[] Slices)? Begin(BraTSCase row, ModalitySet subset, Volume truth)
    {
        // A scan of the subset was read without an error a moment ago.
        Modality modality = new[] { Modality.Flair, Modality.T1ce, Modality.T2, Modality.T1 }.First(subset.Contains);
        Volume scan;
        try
        {
            string path = row.PathOf(modality);
            scan = VolumeFile.Read(options.RootDirectory is null ? path : Path.Combine(options.RootDirectory, path), orientationSource);
        }
        catch (Exception exception) when (CaseFault.ConcernsScoring(exception))
        {
            return null; // its path begins where the model says, not where labels do
        }

        if (scan.Shape != truth.Shape)
            return null;
        PlaneView[] views = [PlaneView.Axial(scan.Grid), PlaneView.Coronal(scan.Grid), PlaneView.Sagittal(scan.Grid)];
        int[] slices = [.. views.Select(view => view.FullestSlice(truth) ?? view.Slices / 2)];
        IntensityWindow window = IntensityWindow.Of(scan);
        string[] names = ["axial", "coronal", "sagittal"], leftSides = ["R", "R", "A"];
        return (
            new(row.CaseId, modality, [.. views.Select((view, i) => Draw(scan, truth, view, slices[i], window, names[i], leftSides[i]))]),
            views,
            slices);
    }

    private static PlanePicture Draw(
        Volume scan, Volume truth, PlaneView view, int slice, IntensityWindow window, string name, string leftSide)
    {
        DisplayBox box = DisplayBox.Around(view, [scan]);
        double scale = Side / box.SideMillimetres, width = view.ColumnSpacing * scale, height = view.RowSpacing * scale;
        return new()
        {
            Name = name,
            LeftSide = leftSide,
            Png = PlaneTile.Grey(scan, view, box, slice, window, Side, Brightest),
            Placement =
                ((Side / 2.0) - ((box.CentreColumn + 0.5) * width), (Side / 2.0) - ((box.CentreRow + 0.5) * height), width / 2, height / 2),
            Truth = Outlines(truth, view, slice),
        };
    }

    private static string[] Outlines(Volume label, PlaneView view, int slice)
    {
        LabelConvention convention = label.LabelConvention!;
        return [.. ReportRegion.BraTS.Select(region =>
        {
            HashSet<int> values = [.. convention.Values.Where((_, index) => convention.IsIn(region.Region.Classes, index))];
            return Outline.Trace(
                (column, row) => values.Contains((int)MathF.Round(view.At(label, column, row, slice))), view.Columns, view.Rows);
        })];
    }
}
