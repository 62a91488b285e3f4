using Smml.MLNet.Inference;
using Smml.MLNet.Tests.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Inference;

/// <summary>What the branches of a model tell about how sure it is.</summary>
public sealed class UncertaintyTests
{
    [Theory]
    [InlineData(new[] { 1f, 0f }, new[] { 0f, 1f }, 1)] // sure of different classes
    [InlineData(new[] { 0.5f, 0.5f }, new[] { 0.5f, 0.5f }, 0)] // unsure, but of one mind
    [InlineData(new[] { 0.25f, 0.75f }, new[] { 0.75f, 0.25f }, 0.188722)] // 1 - H(0.25)
    public void The_map_is_the_divergence_of_Jensen_and_Shannon_in_bits(float[] first, float[] second, double expected)
    {
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = NewDisposeScope();
        float[] map = NetworkDisagreement.Map([tensor(first).view(2, 1, 1, 1), tensor(second).view(2, 1, 1, 1)]);
        Assert.Equal(expected, Assert.Single(map), 1e-5);
    }

    [Fact]
    public void The_map_lies_as_a_volume_lies()
    {
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = NewDisposeScope();
        Tensor first = zeros([2, 3, 4, 5]), second = zeros([2, 3, 4, 5]);
        first[0].fill_(1);
        second[0].fill_(1);
        second[0, 2, 1, 4] = tensor(0f);
        second[1, 2, 1, 4] = tensor(1f);
        float[] map = NetworkDisagreement.Map([first, second]);
        Assert.Equal(2 + (3 * (1 + (4 * 4))), Array.IndexOf(map, map.Max()));
        Assert.Equal(1, map.Sum(), 1e-6);
    }

    [Fact]
    public void Agreement_counts_what_the_branches_share()
    {
        byte[] first = [0, 1, 1, 2, 3, 0], second = [0, 1, 2, 2, 0, 0];
        BranchAgreement agreement = NetworkDisagreement.Agreement([first, second], [0, 0, 0.5f, 0, 1, 9], first, LabelConvention.BraTS2018);
        Assert.Equal(6.0 / 7, agreement.Dice[ScoredRegion.WholeTumor], 1e-6); // voxels 1 to 4 and 1 to 3
        Assert.Equal(2.0 / 4, agreement.Dice[ScoredRegion.TumorCore], 1e-6); // labels 1 and 4: voxels 1, 2, 4 and 1
        Assert.Equal(1.5 / 4, agreement.MeanDisagreement, 1e-6); // the voxels with tumour; the last one is not
    }

    [Fact]
    public void The_segmentation_is_the_same_with_and_without_uncertainty_and_the_map_lies_on_the_source_grid()
    {
        using SegmentationTransformer model = new TinyTraining { Length = 1 }.Run();
        TinyRow row = TinyProblem.Row(5, side: 40);
        Volume?[] scans = [row.Flair, row.T1ce, null, row.T2];
        UncertainSegmentation found = model.Engine.SegmentWithUncertainty(scans);
        Volume plain = model.Engine.Segment(scans);
        Assert.True(plain.Voxels.SequenceEqual(found.Segmentation.Voxels));
        Assert.Equal((plain.Grid, null), (found.Disagreement!.Grid, found.Disagreement.LabelConvention));
        float[] map = found.Disagreement.Voxels.ToArray();
        Assert.All(map, value => Assert.InRange(value, 0, 1));
        Assert.True(map.Max() > 0.001f, "the branches are of one mind: nothing was compared");
        Assert.InRange(found.Agreement!.Score, 0, 1);
    }
}
