using System.Security.Cryptography;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Phantom;

public sealed class PhantomGeneratorTests
{
    private static readonly PhantomOptions s_high = new() { Shape = new(48, 60, 48), Spacing = (3.2, 3.1, 3.2), Grade = PhantomGrade.High };

    [Fact]
    public void A_seed_gives_the_same_voxels_today_and_in_every_later_version()
    {
        // A change of this value changes every published number that was measured on phantoms: say so in the change log.
        Assert.Equal(
            "041797BCE8AF7D95305452D01FE802278AE7887F68726A4D8C7D581DED6CC5BE", Hash(PhantomGenerator.Generate(1, PhantomOptions.Small)));
        Assert.NotEqual(Hash(PhantomGenerator.Generate(1, PhantomOptions.Small)), Hash(PhantomGenerator.Generate(2, PhantomOptions.Small)));
    }

    [Fact]
    public void Volumes_share_one_grid_and_hold_whole_numbers_in_range()
    {
        for (int seed = 0; seed < 6; seed++)
        {
            PhantomCase phantom = PhantomGenerator.Generate(seed, PhantomOptions.Small);
            foreach (Modality modality in ModalitySet.All)
            {
                Volume image = phantom[modality];
                Assert.Equal(new VolumeShape(40, 48, 40), image.Shape);
                Assert.Equal(phantom.Label.Grid, image.Grid);
                Assert.DoesNotContain(image.Voxels.ToArray(), value => !(value >= 0 && value <= 32767 && value == MathF.Floor(value)));
                Assert.InRange(image.Voxels.ToArray().Count(value => value > 0) / (double)image.Voxels.Length, 0.2, 0.6);
            }
        }
    }

    [Fact]
    public void The_default_grid_is_that_of_BraTS() =>
        Assert.Equal(
            "240x240x155 [-1 0 0 0; 0 -1 0 239; 0 0 1 0] LPS",
            $"{new PhantomOptions().Shape} {new PhantomOptions().MakeGrid().Affine} {new PhantomOptions().MakeGrid().Affine.AxisCodes}");

    [Theory]
    [InlineData("BraTS2018", 4)]
    [InlineData("BraTS2023", 3)]
    public void Labels_follow_the_convention(string convention, int enhancing)
    {
        LabelConvention labels = LabelConvention.FromName(convention);
        PhantomCase phantom = PhantomGenerator.Generate(
            3, new() { Shape = s_high.Shape, Spacing = s_high.Spacing, Grade = PhantomGrade.High, Labels = labels });
        Assert.Equal([0f, 1, 2, enhancing], phantom.Label.Voxels.ToArray().Distinct().Order());
        Assert.Equal(4, labels.ToClasses(phantom.Label).Distinct().Count());
        Assert.Same(labels, phantom.Label.LabelConvention);
    }

    [Fact]
    public void Each_contrast_shows_what_it_shows_in_a_patient()
    {
        List<double>[,] scores = new List<double>[4, 4];
        for (int seed = 10; seed < 22; seed++)
        {
            PhantomCase phantom = PhantomGenerator.Generate(seed, s_high);
            byte[] classes = LabelConvention.BraTS2018.ToClasses(phantom.Label);
            foreach (Modality modality in ModalitySet.All)
            {
                for (int label = 1; label < 4; label++)
                    (scores[(int)modality, label] ??= []).Add(Score(phantom[modality], classes, label));
            }
        }

        double Typical(Modality modality, int label) => scores[(int)modality, label].Where(double.IsFinite).Order().ElementAt(5);
        const int Necrosis = 1, Edema = 2, Enhancing = 3;
        Assert.InRange(Typical(Modality.T1ce, Enhancing), 1.8, 4); // bright after contrast agent
        Assert.InRange(Typical(Modality.T1, Enhancing), -1, 1); // and only then
        Assert.InRange(Typical(Modality.T1ce, Enhancing) - Typical(Modality.T1ce, Necrosis), 1.2, 5);
        Assert.InRange(Typical(Modality.Flair, Edema), 1, 2.5);
        Assert.InRange(Typical(Modality.T1ce, Edema), -0.7, 0.8);
        Assert.InRange(Typical(Modality.T2, Edema), 0, 1.5);
        Assert.InRange(Typical(Modality.T1, Necrosis), -1.5, 0.5);
    }

    [Fact]
    public void A_low_grade_tumour_enhances_little_or_not_at_all()
    {
        for (int seed = 0; seed < 6; seed++)
        {
            PhantomCase phantom = PhantomGenerator.Generate(
                seed, new() { Shape = s_high.Shape, Spacing = s_high.Spacing, Grade = PhantomGrade.Low });
            Assert.Equal(PhantomGrade.Low, phantom.Grade);
            byte[] classes = LabelConvention.BraTS2018.ToClasses(phantom.Label);
            Assert.InRange(classes.Count(label => label == 3), 0, classes.Count(label => label == 1) / 2);
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    public void The_anatomy_does_not_depend_on_the_grid(int seed)
    {
        (double brain, double tumor) fine = Millilitres(
            new() { Shape = new(74, 86, 70), Spacing = (2.2, 2.2, 2.2), Grade = PhantomGrade.High }, seed);
        (double brain, double tumor) coarse = Millilitres(
            new() { Shape = new(70, 60, 48), Spacing = (2.4, 3.1, 3.4), Grade = PhantomGrade.High }, seed);
        Assert.InRange(coarse.brain / fine.brain, 0.98, 1.02);
        Assert.InRange(coarse.tumor / fine.tumor, 0.95, 1.05);
        Assert.InRange(fine.brain, 1000, 2000);
        Assert.InRange(fine.tumor, 5, 250);
    }

    [Theory]
    [InlineData("RAS")]
    [InlineData("ASL")]
    [InlineData("IPR")]
    public void Another_order_of_axes_leaves_every_value_at_its_place_in_millimetres(string codes)
    {
        PhantomOptions lps = new() { Shape = new(11, 13, 9), Spacing = (14, 15, 18), Tilt = 12 };
        PhantomOptions turned = new() { Shape = lps.Shape, Spacing = lps.Spacing, Tilt = lps.Tilt, Orientation = codes };
        PhantomCase expected = PhantomGenerator.Generate(3, lps), found = PhantomGenerator.Generate(3, turned);

        Assert.Equal("LPS", expected.Label.Grid.Affine.AxisCodes);
        Assert.Equal(codes, found.Label.Grid.Affine.AxisCodes);
        Assert.Equal(Places(expected[Modality.T2]), Places(found[Modality.T2]));
        Assert.Equal(Places(expected.Label), Places(found.Label));
        Assert.Equal(expected.Label.LabelConvention, found.Label.LabelConvention);
    }

    [Fact]
    public void A_tilt_turns_the_grid_about_its_middle()
    {
        PhantomOptions straight = new() { Shape = new(11, 13, 9), Spacing = (1, 2, 3) },
            tilted = new() { Shape = straight.Shape, Spacing = straight.Spacing, Tilt = 10 };
        Affine expected = straight.MakeGrid().Affine, found = tilted.MakeGrid().Affine;
        (double X, double Y, double Z) middle = expected.Apply(5, 6, 4), turned = found.Apply(5, 6, 4);
        Assert.Equal(0, Math.Abs(turned.X - middle.X) + Math.Abs(turned.Y - middle.Y) + Math.Abs(turned.Z - middle.Z), 1e-9);
        Assert.Equal(0, Math.Abs(found.Spacing.X - 1) + Math.Abs(found.Spacing.Y - 2) + Math.Abs(found.Spacing.Z - 3), 1e-9);
        Assert.Equal(expected.Determinant, found.Determinant, 1e-9);
        Assert.Equal(Math.Sin(10 * Math.PI / 180) * 3, Math.Abs(found[1, 2]), 1e-9);
    }

    [Fact]
    public void Options_out_of_range_are_named_all_at_once()
    {
        PhantomOptions options = new()
        {
            Shape = new(0, 40, 2000),
            Spacing = (1, double.NaN, 1),
            Labels = LabelConvention.BraTS2015,
            Orientation = "LRS",
            Tilt = 90,
            ImageType = VoxelType.Int8,
        };
        string message = Assert.Throws<ArgumentException>(() => PhantomGenerator.Generate(1, options)).Message;
        Assert.All(
            ["Shape.X", "Shape.Z", "Spacing.Y", "Labels is BraTS2015, expected BraTS2018 or BraTS2023", "Orientation", "Tilt", "ImageType"],
            name => Assert.Contains(name, message, StringComparison.Ordinal));
    }

    // Each voxel as place and value, in an order that the axes do not change.
    private static IEnumerable<string> Places(Volume volume)
    {
        List<string> places = [];
        for (int z = 0; z < volume.Shape.Z; z++)
        {
            for (int y = 0; y < volume.Shape.Y; y++)
            {
                for (int x = 0; x < volume.Shape.X; x++)
                {
                    (double i, double j, double k) = volume.Grid.Affine.Apply(x, y, z);
                    places.Add(FormattableString.Invariant($"{i:0.000} {j:0.000} {k:0.000} {volume[x, y, z]}")
                        .Replace("-0.000", "0.000", StringComparison.Ordinal));
                }
            }
        }

        places.Sort(StringComparer.Ordinal);
        return places;
    }

    // The mean of a class in standard deviations of the brain from the brain's mean.
    private static double Score(Volume image, byte[] classes, int label)
    {
        double[] brain = [.. image.Voxels.ToArray().Where(value => value > 0).Select(value => (double)value)];
        double[] values = [.. image.Voxels.ToArray().Where((value, i) => value > 0 && classes[i] == label).Select(value => (double)value)];
        double mean = brain.Average();
        return values.Length < 20
            ? double.NaN
            : (values.Average() - mean) / Math.Sqrt(brain.Average(value => (value - mean) * (value - mean)));
    }

    private static (double Brain, double Tumor) Millilitres(PhantomOptions options, int seed)
    {
        PhantomCase phantom = PhantomGenerator.Generate(seed, options);
        double voxel = phantom.Label.Grid.VoxelVolume / 1000;
        int brain = ModalitySet.All.Max(modality => phantom[modality].Voxels.ToArray().Count(value => value > 0));
        return (brain * voxel, phantom.Label.Voxels.ToArray().Count(value => value > 0) * voxel);
    }

    private static string Hash(PhantomCase phantom)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Volume volume in ModalitySet.All.Select(modality => phantom[modality]).Append(phantom.Label))
            hash.AppendData(volume.Voxels.ToArray().SelectMany(value => BitConverter.GetBytes((short)value)).ToArray());
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
