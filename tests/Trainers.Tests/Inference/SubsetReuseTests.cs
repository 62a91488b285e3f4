using Smml.MLNet.Inference;
using Smml.MLNet.Tests.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Inference;

/// <summary>Fifteen subsets for one run of the encoders.</summary>
public sealed class SubsetReuseTests : IDisposable
{
    private readonly SegmentationTransformer _model = new TinyTraining { Length = 1 }.Run();

    [Fact]
    public void Each_subset_gives_bit_for_bit_the_logits_that_it_gives_alone()
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Volume?[] scans = Scans(TinyProblem.Row(5, side: 36));
        Tensor[] together = _model.Engine.Logits(scans, ModalitySet.Subsets);
        HashSet<string> different = [];
        for (int i = 0; i < together.Length; i++)
        {
            ModalitySet subset = ModalitySet.Subsets[i];
            Volume?[] seen = [.. ModalitySet.All.Select(modality => subset.Contains(modality) ? scans[(int)modality] : null)];
            Tensor alone = _model.Engine.Logits(seen, [subset])[0];
            Assert.True(alone.bytes.SequenceEqual(together[i].bytes), $"{subset} differs");
            different.Add(Convert.ToHexString(alone.bytes[..4096]));
        }

        Assert.Equal(15, different.Count); // else nothing was compared
    }

    [Fact]
    public void Segmentations_of_all_subsets_are_those_of_fifteen_scorings()
    {
        Volume?[] scans = Scans(TinyProblem.Row(6, side: 28)); // smaller than the window
        Volume[] together = _model.Engine.Segment(scans, ModalitySet.Subsets);
        foreach ((ModalitySet subset, Volume found) in ModalitySet.Subsets.Zip(together))
            Assert.True(
                found.Voxels.SequenceEqual(_model.Engine.Segment([
                    .. ModalitySet.All.Select(modality => subset.Contains(modality) ? scans[(int)modality] : null),
                ]).Voxels),
                $"{subset} differs");
    }

    [Fact]
    public void What_a_scan_that_is_not_seen_holds_does_not_matter()
    {
        Volume?[] scans = Scans(TinyProblem.Row(5)), broken = [.. scans];
        float[] nothing = new float[scans[1]!.Shape.Count];
        nothing.AsSpan().Fill(float.NaN);
        broken[1] = new(scans[1]!.Grid, nothing) { LabelConvention = scans[1]!.LabelConvention };
        ModalitySet[] without = [.. ModalitySet.Subsets.Where(subset => !subset.Contains(Modality.T1ce))];
        foreach ((Volume expected, Volume found) in _model.Engine.Segment(scans, without).Zip(_model.Engine.Segment(broken, without)))
            Assert.True(expected.Voxels.SequenceEqual(found.Voxels));
    }

    [Fact]
    public void No_tensor_outlives_a_scoring()
    {
        Volume?[] scans = Scans(TinyProblem.Row(5));
        _model.Engine.Segment(scans, ModalitySet.Subsets);
        long before = Tensor.TotalCount;
        _model.Engine.Segment(scans, ModalitySet.Subsets);
        Assert.Equal(before, Tensor.TotalCount);
    }

    public void Dispose() => _model.Dispose();

    private static Volume?[] Scans(TinyRow row) => [row.Flair, row.T1ce, row.T1, row.T2];
}
