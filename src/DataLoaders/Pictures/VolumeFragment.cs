using System.Numerics.Tensors;
using System.Xml.Linq;
using Smml.MLNet.Html;
using static Smml.MLNet.Html.Markup;

namespace Smml.MLNet.Pictures;

/// <summary>Shows a <see cref="Volume"/> in a notebook: three planes, else a line of text.</summary>
internal sealed class VolumeFormatterSource() : FormatterSource<Volume>(VolumeFragment.Write, volume => volume.ToString());

/// <summary>A volume in the three planes that radiologists use, each at its fullest slice, and what is known about it.</summary>
internal static class VolumeFragment
{
    private const int LeastSide = 64, MostSide = 240; // pixels of a picture; a notebook enlarges it

    public static string Write(Volume volume)
    {
        LabelConvention? labels = LabelsOf(volume);
        return NotebookStyle.Fragment(
            Tag("p", null, Tag("b", null, Name(volume, labels)), Tag("br", null), Facts(volume, labels)),
            Tag("div", labels is null ? "tiles" : "tiles sharp", Tiles(volume, labels)),
            labels is null ? null : Tag("p", "legend", Legend(volume, labels)),
            volume.Warnings.Select(warning => Tag("p", null, "Warning: " + warning)));
    }

    private static string Name(Volume volume, LabelConvention? labels) =>
        volume.Source is null ? labels is null ? "Scan in memory" : "Labels in memory" : Path.GetFileName(volume.Source);

    // Scans carry the convention of their data set too: labels are volumes in which every value is one of it.
    private static LabelConvention? LabelsOf(Volume volume)
    {
        if (volume.LabelConvention is not { } convention)
            return null;
        bool isLabelled = false;
        foreach (float value in volume.Voxels)
        {
            if (value == 0)
                continue;
            if (!convention.Values.Contains((int)value) || value != (int)value)
                return null;
            isLabelled = true;
        }

        return isLabelled ? convention : null;
    }

    private static string Facts(Volume volume, LabelConvention? labels)
    {
        (double x, double y, double z) = volume.Grid.Affine.Spacing;
        string grid = FormattableString.Invariant(
            $"{volume.Shape} voxels of {x:0.##}x{y:0.##}x{z:0.##} mm, axes {volume.Grid.Affine.AxisCodes}");
        if (volume.Grid != volume.SourceGrid)
            grid += $", of a file of {volume.SourceGrid.Shape}";
        if (labels is not null)
            return $"{grid}, labels {labels.Name}";
        int tissue = volume.Voxels.Length - volume.Voxels.Count(volume.Background);
        float least = TensorPrimitives.Min(volume.Voxels), most = TensorPrimitives.Max(volume.Voxels);
        return FormattableString.Invariant(
            $"{grid}, values {least:0.###} to {most:0.###}, {100.0 * tissue / Math.Max(1, volume.Voxels.Length):0.#} % tissue");
    }

    private static IEnumerable<XElement> Tiles(Volume volume, LabelConvention? labels)
    {
        IntensityWindow window = labels is null ? IntensityWindow.Of(volume) : default;
        foreach ((string name, string leftSide, PlaneView view) in new[]
        {
            ("axial", "R", PlaneView.Axial(volume.Grid)),
            ("coronal", "R", PlaneView.Coronal(volume.Grid)),
            ("sagittal", "A", PlaneView.Sagittal(volume.Grid)),
        })
        {
            int slice = view.FullestSlice(volume, value => value != volume.Background) ?? view.Slices / 2;
            DisplayBox box = DisplayBox.Around(view, [volume]);
            int side = (int)Math.Clamp(
                Math.Round(box.SideMillimetres / Math.Min(view.ColumnSpacing, view.RowSpacing)), LeastSide, MostSide);
            byte[] png = labels is null
                ? PlaneTile.Grey(volume, view, box, slice, window, side)
                : PlaneTile.Coloured(volume, view, box, slice, new(labels), side);
            string caption = FormattableString.Invariant($"{name}, slice {slice + 1} of {view.Slices}");
            yield return Tag("div", "tile",
                Tag("svg", null, Has("viewBox", "0 0 200 200"), Has("role", "img"), Has("aria-label", caption),
                    Tag("image", null,
                        Has("width", 200), Has("height", 200), Has("href", "data:image/png;base64," + Convert.ToBase64String(png))),
                    Tag("text", null, Has("x", 5), Has("y", 104), leftSide)),
                caption);
        }
    }

    private static IEnumerable<XElement> Legend(Volume volume, LabelConvention labels)
    {
        int index = 0;
        foreach ((string name, Rgb colour) in new LabelColors(labels).Legend)
        {
            double millilitres = volume.Voxels.Count(labels.Values[++index]) * volume.Grid.VoxelVolume / 1000;
            yield return Tag("span", null,
                Tag("i", "key", Has("style", FormattableString.Invariant($"background:rgb({colour.R},{colour.G},{colour.B})"))),
                FormattableString.Invariant($"{name} {millilitres:0.0} mL"));
        }
    }
}
