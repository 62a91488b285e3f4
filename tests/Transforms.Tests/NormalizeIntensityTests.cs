using Microsoft.ML;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Tests;

public sealed class NormalizeIntensityTests
{
    private static readonly VolumeShape s_shape = new(6, 7, 8);

    [Fact]
    public void It_keeps_the_contract() => StageContract.Holds<VolumeRow>(
        ml => ml.Transforms.NormalizeIntensity(),
        [
            new()
            {
                Flair = Volumes.Brain(s_shape, 1),
                T1ce = Volumes.Brain(s_shape, 2),
                T1 = Volumes.Brain(s_shape, 3),
                T2 = Volumes.Brain(s_shape, 4),
                Label = Volumes.Filled(5),
            },
            new() { T1 = Volumes.Brain(s_shape, 6) },
        ],
        new(),
        "Flair",
        "T1ce",
        "T1",
        "T2");

    [Fact]
    public void The_reference_equals_the_released_code()
    {
        Dictionary<string, NumpyArray> arrays = Fixtures.Archive("preprocess_augment.npz");
        Volume[] scans = [.. Enumerable.Range(0, 4).Select(index => Volumes.Of(arrays["vol"], index))];
        VolumeSet actual = Normalize(CaseScans.Of(scans[0], scans[1], scans[2], scans[3], null), Fidelity.Reference);
        foreach (Modality modality in ModalitySet.All)
        {
            float[] expected = Volumes.Of(arrays["vol_norm"], (int)modality).Voxels.ToArray();
            Assert.InRange(expected.Zip(actual[modality]!.Voxels.ToArray()).Max(pair => Math.Abs(pair.First - pair.Second)), 0, 2e-6f);
        }
    }

    [Theory]
    [InlineData(IntensityScaling.MinMax, Fidelity.Corrected, "smunet.minmax", 1e-5)]
    [InlineData(IntensityScaling.PercentileMinMax, Fidelity.Corrected, "m3ae.minmax", 1e-5)]
    [InlineData(IntensityScaling.ClippedZScore, Fidelity.Reference, "mfi.zscore", 1e-4)]
    public void Each_scaling_equals_the_released_code_of_its_method(
        IntensityScaling scaling, Fidelity fidelity, string name, double tolerance)
    {
        Dictionary<string, NumpyArray> arrays = Fixtures.Archive("preprocess_rivals.npz");
        Volume[] scans = [.. Enumerable.Range(0, 4).Select(index => Volumes.Of(arrays["vol"], index))];
        VolumeSet actual = NormalizeIntensityEstimator.Normalize(
            CaseScans.Of(scans[0], scans[1], scans[2], scans[3], null), new() { Scaling = scaling, Fidelity = fidelity });
        foreach (Modality modality in ModalitySet.All)
        {
            float[] expected = Volumes.Of(arrays[name], (int)modality).Voxels.ToArray();
            Volume found = actual[modality]!;
            Assert.InRange(expected.Zip(found.Voxels.ToArray()).Max(pair => Math.Abs(pair.First - pair.Second)), 0, tolerance);
            int background = Array.IndexOf(scans[(int)modality].Voxels.ToArray(), 0);
            Assert.Equal(found.Voxels[background], found.Background);
        }
    }

    [Fact]
    public void A_scaling_is_saved_and_the_default_is_saved_as_before()
    {
        Assert.DoesNotContain("scaling", StageHeader.Create("a", new NormalizeIntensityOptions()).Json, StringComparison.Ordinal);
        StageContract.Holds<VolumeRow>(
            ml => ml.Transforms.NormalizeIntensity(new NormalizeIntensityOptions { Scaling = IntensityScaling.PercentileMinMax }),
            [new() { T1 = Volumes.Brain(s_shape, 6) }],
            new(),
            "Flair",
            "T1ce",
            "T1",
            "T2");
        Assert.Throws<ArgumentException>(
            () => new MLContext().Transforms.NormalizeIntensity(new NormalizeIntensityOptions { Scaling = (IntensityScaling)9 }));
    }

    [Theory]
    [InlineData(IntensityScaling.MinMax, "found intensities from 7 to 7")]
    [InlineData(IntensityScaling.PercentileMinMax, "found intensities from 7 to 7")]
    [InlineData(IntensityScaling.ClippedZScore, "the standard deviation 0")]
    public void No_scaling_takes_a_scan_without_contrast(IntensityScaling scaling, string reason)
    {
        string message = Assert.Throws<InvalidDataException>(() => NormalizeIntensityEstimator.Normalize(
            CaseScans.Of(null, null, Volumes.Filled(7), null, null), new() { Scaling = scaling })).Message;
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_scan_is_normalised_over_its_own_tissue_and_background_is_transformed_too()
    {
        Volume flair = new(new(new(4, 1, 1), Affine.Identity), [0, 2, 4, 0]) { Source = "f.nii" };
        Volume scores = Normalize(
            CaseScans.Of(flair, Volumes.Noise(flair.Shape, 1), null, null, null), Fidelity.Corrected)[Modality.Flair]!;
        Assert.Equal([-3f, -1, 1, -3], scores.Voxels.ToArray());
        Assert.Equal(-3, scores.Background);
        Assert.Equal("f.nii", scores.Source);
    }

    [Theory]
    [InlineData(Fidelity.Corrected, -1)] // tissue is -3, 1, 5: mean 1
    [InlineData(Fidelity.Reference, -3)] // the sum of the scans is above 0 at 1 and 5 only: mean 3, deviation 2
    public void Negative_voxels_are_tissue_except_in_the_released_code(Fidelity fidelity, double expected)
    {
        Volume flair = new(new(new(4, 1, 1), Affine.Identity), [-3f, 1, 5, 0]);
        Volume scores = Normalize(CaseScans.Of(flair, null, null, null, null), fidelity)[Modality.Flair]!;
        double deviation = fidelity == Fidelity.Corrected ? Math.Sqrt(32.0 / 3) / 4 : 1;
        Assert.Equal(expected, scores[0, 0, 0] * deviation, 1e-5);
    }

    [Fact]
    public void A_scan_does_not_depend_on_the_others()
    {
        Volume flair = Volumes.Brain(s_shape, 1), t2 = Volumes.Noise(s_shape, 2);
        StageContract.Same(
            Normalize(CaseScans.Of(flair, null, null, null, null), Fidelity.Corrected)[Modality.Flair],
            Normalize(CaseScans.Of(flair, null, null, t2, null), Fidelity.Corrected)[Modality.Flair]);
    }

    [Fact]
    public void Normalising_twice_changes_nothing()
    {
        VolumeSet once = Normalize(CaseScans.Of(Volumes.Brain(s_shape, 1), null, null, null, null), Fidelity.Corrected);
        Volume twice = Normalize(once, Fidelity.Corrected)[Modality.Flair]!;
        Assert.All(
            once[Modality.Flair]!.Voxels.ToArray().Zip(twice.Voxels.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Fact]
    public void A_large_mean_does_not_lose_precision()
    {
        float[] voxels = [.. Enumerable.Range(0, 200_000).Select(index => 1_000_000f + (index % 2))];
        Volume scores = Normalize(
            CaseScans.Of(new(new(new(200_000, 1, 1), Affine.Identity), voxels), null, null, null, null),
            Fidelity.Corrected)[Modality.Flair]!;
        Assert.Equal(-1, scores.Voxels[0], 1e-6f);
        Assert.Equal(1, scores.Voxels[1], 1e-6f);
    }

    [Theory]
    [InlineData(0, "no voxel is tissue")]
    [InlineData(7, "the 24 tissue voxels have the mean 7 and the standard deviation 0")]
    [InlineData(float.NaN, "standard deviation NaN")]
    public void A_scan_without_contrast_is_refused(float value, string reason)
    {
        string message = Assert.Throws<InvalidDataException>(
            () => Normalize(CaseScans.Of(null, null, Volumes.Filled(value), null, null), Fidelity.Corrected)).Message;
        Assert.Contains("(T1): ", message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    private static VolumeSet Normalize(VolumeSet volumes, Fidelity fidelity) =>
        NormalizeIntensityEstimator.Normalize(volumes, new() { Fidelity = fidelity });
}
