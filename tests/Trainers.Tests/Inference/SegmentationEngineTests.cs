using Microsoft.ML;

namespace Smml.MLNet.Tests.Inference;

/// <summary>Scoring volumes of every shape, through a model of random weights.</summary>
public sealed class SegmentationEngineTests(SegmentationEngineTests.Scorer scorer) : IClassFixture<SegmentationEngineTests.Scorer>
{
    [Theory]
    [InlineData(20, 24, 28)] // smaller than the window
    [InlineData(32, 32, 32)] // the window
    [InlineData(40, 33, 32)] // several windows
    [InlineData(16, 50, 40)] // smaller along one axis, larger along another
    public void A_volume_of_any_shape_is_segmented_on_its_own_grid(int x, int y, int z)
    {
        Volume segmentation = scorer.Score(Row(new(x, y, z)))!;
        Assert.Equal(Row(new(x, y, z)).Flair!.Grid, segmentation.Grid);
        Assert.True(segmentation.Voxels.ToArray().Distinct().Count() > 1, "one class everywhere compares nothing");
        Assert.All(segmentation.Voxels.ToArray(), value => Assert.Contains((int)value, LabelConvention.BraTS2018.Values));
    }

    [Fact]
    public void A_small_volume_scores_like_the_same_volume_padded_by_hand()
    {
        VolumeShape shape = new(20, 24, 28), window = new(32, 32, 32);
        TinyRow small = Row(shape), padded = Row(shape);
        foreach ((Volume scan, Action<Volume> set) in new (Volume, Action<Volume>)[]
        {
            (small.Flair!, v => padded.Flair = v),
            (small.T1ce!, v => padded.T1ce = v),
            (small.T1!, v => padded.T1 = v),
            (small.T2!, v => padded.T2 = v),
        })
            set(OwnGrid(scan.Crop(-6, -4, -2, window)));
        Volume expected = OwnGrid(scorer.Score(padded)!.Crop(6, 4, 2, shape));
        Assert.True(expected.Voxels.SequenceEqual(scorer.Score(small)!.Voxels));
    }

    [Fact]
    public void Each_missing_scan_changes_nothing_but_what_the_network_sees()
    {
        string all = TrainedHash(Row(new(32, 32, 32)));
        HashSet<string> seen = [all];
        foreach (Modality missing in ModalitySet.All)
        {
            TinyRow row = Row(new(32, 32, 32));
            _ = missing switch
            {
                Modality.Flair => row.Flair = null,
                Modality.T1ce => row.T1ce = null,
                Modality.T1 => row.T1 = null,
                _ => row.T2 = null,
            };
            Assert.True(seen.Add(TrainedHash(row)), $"without {missing} the segmentation is that of another set of scans");
        }
    }

    [Fact]
    public void A_case_without_any_scan_is_refused()
    {
        Exception error = Assert.ThrowsAny<Exception>(() => scorer.Score(new() { CaseId = "none" }));
        Assert.Contains("all of Flair, T1ce, T1 and T2 are missing", error.GetBaseException().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scans_of_different_shapes_are_refused_by_name()
    {
        TinyRow row = Row(new(32, 32, 32));
        row.T2 = Row(new(32, 32, 33)).T2;
        string message = Assert.ThrowsAny<Exception>(() => scorer.Score(row)).GetBaseException().Message;
        Assert.Contains("32x32x32, 1x1x1 mm, Flair.nii.gz", message, StringComparison.Ordinal);
        Assert.Contains("32x32x33, 1x1x1 mm, T2.nii.gz", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Threads_that_score_at_once_get_the_same_voxels()
    {
        TinyRow[] rows = [Row(new(32, 32, 32)), Row(new(40, 33, 32))];
        string[] expected = [.. rows.Select(TrainedHash)];
        string[][] results = await Task.WhenAll(Enumerable.Range(0, 2)
            .Select(_ => Task.Run(() => rows.Select(TrainedHash).ToArray(), TestContext.Current.CancellationToken)));
        Assert.All(results, result => Assert.Equal(expected, result));
    }

    private string TrainedHash(TinyRow row) => Persistence.TrainedChain.Hash(scorer.Score(row)!);

    private static Volume OwnGrid(Volume volume) =>
        new(volume.Grid, volume.Voxels.ToArray()) { Background = volume.Background, LabelConvention = volume.LabelConvention };

    // Noise with a bright ball; the background is not zero, so that padding shows.
    private static TinyRow Row(VolumeShape shape)
    {
        Volume Scan(Modality modality)
        {
            SplitMix64 random = new((ulong)modality);
            float[] voxels = new float[shape.Count];
            for (int i = 0; i < voxels.Length; i++)
            {
                int x = (i % shape.X) - (shape.X / 2),
                    y = (i / shape.X % shape.Y) - (shape.Y / 2),
                    z = (i / (shape.X * shape.Y)) - (shape.Z / 2);
                voxels[i] = (float)(random.Normal() + ((x * x) + (y * y) + (z * z) < 64 ? 3 : 0));
            }

            return new(new(shape, Affine.Identity), voxels)
            {
                Background = -1,
                Source = $"{modality}.nii.gz",
                LabelConvention = LabelConvention.BraTS2018,
            };
        }

        return new()
        {
            CaseId = $"{shape}",
            Flair = Scan(Modality.Flair),
            T1ce = Scan(Modality.T1ce),
            T1 = Scan(Modality.T1),
            T2 = Scan(Modality.T2),
        };
    }

    /// <summary>A model after one step.</summary>
    public sealed class Scorer : IDisposable
    {
        private readonly MLContext _ml = new(seed: 1);
        private readonly SegmentationTransformer _model;

        public Scorer() => _model = _ml.Segmentation.Trainers
            .Smml(Persistence.TrainedChain.Options(seed: 21))
            .Fit(TinyProblem.View(_ml, [TinyProblem.Row(0)]));

        internal Volume? Score(TinyRow row) => new MLContext(seed: 1).Data
            .CreateEnumerable<TinyResult>(_model.Transform(TinyProblem.View(_ml, [row])), false)
            .Single().Segmentation;

        public void Dispose() => _model.Dispose();
    }
}
