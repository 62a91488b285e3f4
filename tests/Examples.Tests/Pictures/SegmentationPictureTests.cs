using Smml.MLNet.Phantom;
using Smml.MLNet.Pictures;

namespace Smml.MLNet.Tests.Pictures;

public sealed class SegmentationPictureTests : IDisposable
{
    private const int Tile = 220, Step = 226, Left = 10, Top = 32;

    private static readonly PhantomCase s_phantom = PhantomGenerator.Generate(8, PhantomOptions.Small);

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"smml-{Guid.NewGuid():N}.png");

    [Fact]
    public void Truth_and_prediction_are_coloured_and_scans_are_grey()
    {
        Volume empty = new(s_phantom.Label.Grid, new float[s_phantom.Label.Voxels.Length]) { LabelConvention = LabelConvention.BraTS2018 };
        SegmentationPicture.Write(_path, Scans(), s_phantom.Label, s_phantom.Label);
        PngImage both = PngImage.Read(_path);
        SegmentationPicture.Write(_path, Scans(), s_phantom.Label, empty);
        PngImage missed = PngImage.Read(_path);
        for (int scan = 0; scan < 4; scan++)
            Assert.Equal(0, Coloured(both, scan));
        Assert.True(Coloured(both, 4) > 500);
        Assert.Equal(Coloured(both, 4), Coloured(both, 5));
        Assert.Equal(Coloured(both, 4), Coloured(missed, 4));
        Assert.Equal(0, Coloured(missed, 5));
    }

    [Fact]
    public void Each_class_has_the_colour_of_the_field()
    {
        SegmentationPicture.Write(_path, Scans(), s_phantom.Label, s_phantom.Label);
        PngImage image = PngImage.Read(_path);
        HashSet<string> found = [];
        for (int y = Top; y < Top + Tile; y++)
        {
            for (int x = Left + (5 * Step); x < Left + (5 * Step) + Tile; x++)
            {
                (byte r, byte g, byte b) = image[x, y];
                if (g > r + 40 && g > b + 40)
                    found.Add("oedema green");
                else if (r > b + 60 && g > b + 60)
                    found.Add("enhancing yellow");
                else if (r > g + 60 && r > b + 60)
                    found.Add("core red");
            }
        }

        Assert.Equal(["core red", "enhancing yellow", "oedema green"], found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_missing_scan_is_a_crossed_tile_and_does_not_move_the_others()
    {
        SegmentationPicture.Write(_path, Scans(), s_phantom.Label, s_phantom.Label);
        PngImage full = PngImage.Read(_path);
        Volume?[] scans = Scans();
        scans[(int)Modality.T1ce] = null;
        SegmentationPicture.Write(_path, scans, null, s_phantom.Label);
        PngImage partial = PngImage.Read(_path);
        Assert.Equal((full.Width, full.Height), (partial.Width, partial.Height));
        Assert.Equal(Line(full, 0), Line(partial, 0));
        Assert.NotEqual(Line(full, 1), Line(partial, 1));
        Assert.Equal(partial[Left + Step, Top], partial[Left + Step + 40, Top + 40]); // frame and diagonal have one colour
        Assert.NotEqual(partial[Left + Step + 40, Top + 40], partial[Left + Step + 40, Top + 60]);
        Assert.Equal(Line(partial, 1), Line(partial, 4)); // no truth: the same cross
    }

    [Fact]
    public void The_display_is_the_same_however_the_file_stores_its_axes()
    {
        SegmentationPicture.Write(_path, Scans(), s_phantom.Label, s_phantom.Label);
        PngImage stored = PngImage.Read(_path);
        SegmentationPicture.Write(
            _path, [.. Scans().Select(scan => Reorient(scan!))], Reorient(s_phantom.Label), Reorient(s_phantom.Label));
        PngImage reoriented = PngImage.Read(_path);
        for (int tile = 0; tile < 6; tile++)
            Assert.Equal(Line(stored, tile), Line(reoriented, tile));
    }

    [Fact]
    public void Volumes_of_two_cases_are_refused()
    {
        Volume other = new(new(new(4, 4, 4), Affine.Identity), new float[64]) { Source = "other.nii" };
        ArgumentException error = Assert.Throws<ArgumentException>(() => SegmentationPicture.Write(_path, Scans(), null, other));
        Assert.Contains("other.nii", error.Message);
        Assert.Contains("4x4x4", error.Message);
        Assert.Throws<ArgumentException>(() => SegmentationPicture.Write(_path, [null, null, null, null], null, other));
        Assert.False(File.Exists(_path));
    }

    public void Dispose() => File.Delete(_path);

    private static Volume?[] Scans() => [.. ModalitySet.All.Select(modality => s_phantom[modality])];

    private static int Coloured(PngImage image, int tile) => image.CountColoured(Left + (tile * Step), Top, Tile, Tile);

    // A line through the tile that passes the brain.
    private static (byte R, byte G, byte B)[] Line(
        PngImage image, int tile) => [.. Enumerable.Range(0, Tile).Select(x => image[Left + (tile * Step) + x, Top + 90])];

    /// <summary>The same head with axes to anterior, superior and left instead of left, posterior and superior.</summary>
    private static Volume Reorient(Volume volume)
    {
        VolumeShape from = volume.Shape, to = new(from.Y, from.Z, from.X);
        float[] voxels = new float[to.Count];
        for (int i = 0; i < to.X; i++)
        {
            for (int j = 0; j < to.Y; j++)
            {
                for (int k = 0; k < to.Z; k++)
                    voxels[i + (to.X * (j + (to.Y * k)))] = volume[k, from.Y - 1 - i, j];
            }
        }

        Affine a = volume.Grid.Affine;
        Affine turned = new(0, 0, a[0, 0], a[0, 3], -a[1, 1], 0, 0, a[1, 3] + (a[1, 1] * (from.Y - 1)), 0, a[2, 2], 0, a[2, 3]);
        Assert.Equal("ASL", turned.AxisCodes);
        return new(new(to, turned), voxels) { LabelConvention = volume.LabelConvention };
    }
}
