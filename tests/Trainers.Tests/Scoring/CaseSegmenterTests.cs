using Smml.MLNet.Tests.Persistence;

namespace Smml.MLNet.Tests.Scoring;

/// <summary>One case at a time in memory: the voxels of every other way, from any number of threads.</summary>
public sealed class CaseSegmenterTests(TrainedChain chain) : IClassFixture<TrainedChain>
{
    private BraTSCase[] Cases => [.. chain.Context.Data.CreateEnumerable<BraTSCase>(chain.Cases, reuseRowObject: false)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Threads_share_a_segmenter_and_get_the_voxels_of_the_pipeline(bool isLoaded)
    {
        CaseSegmenter segmenter = chain.Context.Segmentation.CreateSegmenter(
            isLoaded ? chain.Context.Model.Load(chain.ModelPath, out _) : chain.Model);
        Assert.True(segmenter.HasUncertainty);
        Assert.Equal(15, segmenter.Subsets.Count);
        BraTSCase[] cases = Cases;
        Parallel.For(0, 2 * cases.Length, new() { MaxDegreeOfParallelism = 3 }, i =>
        {
            BraTSCase row = cases[i % cases.Length];
            SegmentedCase found = segmenter.Segment(row, uncertainty: i < cases.Length);
            Assert.Contains($"{row.CaseId} {TrainedChain.Hash(found.Segmentation)}", chain.Hashes);
            Assert.Equal(row.T1Path.Length == 0 ? "Flair+T1ce+T2" : "Flair+T1ce+T1+T2", found.Modalities.ToString());
            Assert.Equal(
                found.Segmentation.Voxels.ToArray().Count(value => value != 0) * found.Segmentation.Grid.VoxelVolume / 1000,
                found.Millilitres[ScoredRegion.WholeTumor],
                1e-9);
            Assert.Equal(i < cases.Length, found.Agreement is not null && found.Disagreement is not null);
            Assert.Equal(i < cases.Length, found.NeedsReview(1).HasValue);
        });
    }

    [Fact]
    public void A_case_that_cannot_be_used_a_cancellation_and_wrong_windows_are_said()
    {
        CaseSegmenter segmenter = chain.Context.Segmentation.CreateSegmenter(chain.Model);
        BraTSCase row = Cases[0];
        row.T1Path = "no-such-file.nii.gz";
        Assert.Contains("no-such-file.nii.gz", Assert.Throws<InvalidDataException>(() => segmenter.Segment(row)).Message);
        Assert.Throws<InvalidDataException>(() => segmenter.Segment(new() { CaseId = "empty" }));
        Assert.Throws<OperationCanceledException>(() => segmenter.Segment(Cases[0], cancellation: new(canceled: true)));
        Assert.Contains(
            "Overlap", Assert.Throws<ArgumentException>(() => segmenter.Segment(Cases[0], windows: new() { Overlap = 2 })).Message);
        Assert.Throws<InvalidOperationException>(
            () => chain.Context.Segmentation.CreateSegmenter(chain.Context.Transforms.LoadVolumes().Fit(chain.Cases)));
    }
}
