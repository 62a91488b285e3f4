using System.Xml.Linq;
using Smml.MLNet.Html;
using Smml.MLNet.Phantom;
using Smml.MLNet.Pictures;

namespace Smml.MLNet.Tests.Html;

public sealed class VolumeFragmentTests
{
    private static readonly PhantomCase s_phantom = PhantomGenerator.Generate(
        8, new() { Shape = new(24, 30, 22), Spacing = (6, 6, 6), Grade = PhantomGrade.High });

    [Fact]
    public void A_scan_is_shown_in_three_planes_with_its_grid_and_its_values()
    {
        XElement shown = Show(s_phantom[Modality.Flair]);
        Assert.Equal(
            ["axial", "coronal", "sagittal"],
            shown.Descendants("svg").Select(tile => ((string)tile.Attribute("aria-label")!).Split(',')[0]));
        Assert.All(
            shown.Descendants("image"), image => Assert.StartsWith("data:image/png;base64,iVBORw0KGgo", (string)image.Attribute("href")!));
        Assert.Contains("24x30x22 voxels of 6x6x6 mm, axes LPS, values 0 to ", shown.Value);
        Assert.Contains("Research use only, never a diagnosis.", shown.Value);
        Assert.DoesNotContain(shown.Descendants(), element => element.Name.LocalName is "script" or "link");
        Assert.Empty(shown.Descendants("span"));
    }

    [Fact]
    public void Labels_are_shown_in_colours_with_the_size_of_each_class()
    {
        XElement shown = Show(s_phantom.Label);
        string[] classes = [.. shown.Descendants("span").Select(key => key.Value)];
        Assert.Equal(
            ["necrotic core", "edema", "enhancing tumor"],
            classes.Select(text => text[..text.LastIndexOf(' ')][..text[..text.LastIndexOf(' ')].LastIndexOf(' ')]));
        double edema = s_phantom.Label.Voxels.Count(2f) * 216 / 1000.0;
        Assert.Contains(FormattableString.Invariant($"edema {edema:0.0} mL"), classes);
        Assert.Contains("labels BraTS2018", shown.Value);
    }

    [Fact]
    public void The_name_of_the_file_is_text_and_its_folder_is_not_told()
    {
        Volume named = new(s_phantom.Label.Grid, s_phantom[Modality.T1].Voxels.ToArray())
        {
            Source = Path.Combine("ward 7", "<img src=x> & co.nii"),
            Warnings = ["<b>odd</b>"],
        };
        XElement shown = Show(named);
        Assert.Contains("<img src=x> & co.nii", shown.Value);
        Assert.Contains("Warning: <b>odd</b>", shown.Value);
        Assert.DoesNotContain("ward 7", shown.Value);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(7f)]
    [InlineData(float.NaN)]
    public void A_volume_without_anything_to_see_is_shown_too(float value)
    {
        float[] voxels = new float[6];
        Array.Fill(voxels, value);
        Assert.Equal(3, Show(new(new(new(1, 2, 3), Affine.Identity), voxels)).Descendants("image").Count());
    }

    [Fact]
    public void A_notebook_finds_the_formatters_by_name_alone()
    {
        object attribute = typeof(Volume).GetCustomAttributes(inherit: false)
            .Single(one => one.GetType().Name == "TypeFormatterSourceAttribute");
        Type source = (Type)attribute.GetType().GetProperty("FormatterSourceType")!.GetValue(attribute)!;
        object[] formatters =
        [
            .. (IEnumerable<object>)source.GetMethod("CreateTypeFormatters")!.Invoke(Activator.CreateInstance(source), null)!,
        ];
        Assert.Equal(["text/html", "text/plain"], formatters.Select(one => (string)one.GetType().GetProperty("MimeType")!.GetValue(one)!));
        using StringWriter text = new();
        Assert.Equal(true, formatters[1].GetType().GetMethod("Format")!.Invoke(formatters[1], [s_phantom.Label, text]));
        Assert.Equal(s_phantom.Label.ToString(), text.ToString());
        Assert.Equal(false, formatters[1].GetType().GetMethod("Format")!.Invoke(formatters[1], ["something else", text]));
    }

    // What is well-formed as XML has every text escaped and every tag closed.
    private static XElement Show(Volume volume) => XElement.Parse(VolumeFragment.Write(volume), LoadOptions.PreserveWhitespace);
}
