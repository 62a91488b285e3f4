using Smml.MLNet.Metrics;

namespace Smml.MLNet.Tests.Evaluation;

public sealed class LesionWiseScoreTests
{
    private const int Side = 40;

    private static readonly VolumeGrid s_grid = new(new(Side, Side, Side), Affine.Identity);

    [Fact]
    public void A_missed_lesion_and_a_false_positive_each_score_0_and_374()
    {
        byte[] truth = Cubes((2, 2, 2, 4), (20, 20, 20, 4)), predicted = Cubes((2, 2, 2, 4), (33, 33, 33, 2));
        Expect(predicted, truth, 1 / 3.0, 2 * 374 / 3.0);
        Expect(predicted, truth, 1 / 3.0, 2 * 100 / 3.0, new() { MissingDistance = 100 });
        Expect(truth, truth, 1, 0);
    }

    [Fact]
    public void Parts_that_meet_when_dilated_are_one_lesion_and_all_that_touches_it_is_its_prediction()
    {
        // Three dilations from both sides close a gap of six voxels, but not one of seven.
        byte[] near = Cubes((2, 2, 2, 4), (12, 2, 2, 4)), far = Cubes((2, 2, 2, 4), (13, 2, 2, 4)), first = Cubes((2, 2, 2, 4));
        Expect(first, near, 2 * 64 / 192.0, null);
        Expect(first, far, 1 / 2.0, 374 / 2.0);
        Expect(near, near, 1, 0);
        Expect(first, near, 1 / 2.0, 374 / 2.0, new() { DilationIterations = 2 });
        Expect(Cubes((8, 2, 2, 4)), first, 0, null); // beside it: no overlap, and yet its prediction, so no false positive
    }

    [Fact]
    public void One_prediction_over_two_lesions_is_measured_against_each()
    {
        byte[] truth = Cubes((2, 2, 2, 4), (20, 2, 2, 4)), predicted = Cubes((2, 2, 2, 4), (20, 2, 2, 4));
        for (int x = 6; x < 20; x++)
            predicted[x + (Side * (3 + (Side * 3)))] = 3;
        Expect(predicted, truth, 2 * 64 / (64.0 + 128 + 14), null);
    }

    [Fact]
    public void A_tiny_lesion_is_ignored_and_what_is_predicted_there_is_no_false_positive()
    {
        byte[] truth = Cubes((2, 2, 2, 4), (25, 25, 25, 3)); // 27 mm3
        Expect(Cubes((2, 2, 2, 4)), truth, 1, 0);
        Expect(Cubes((2, 2, 2, 4), (25, 25, 25, 3)), truth, 1, 0);
        Expect(Cubes((2, 2, 2, 4)), truth, 1 / 2.0, 374 / 2.0, new() { MinimumVolume = 26 });
        Expect(Cubes((2, 2, 2, 4)), truth, 1, 0, new() { MinimumVolume = 27 }); // at most
        Expect(Cubes((25, 25, 25, 3)), Cubes((25, 25, 25, 3)), 1, 0); // nothing counts
        Expect([.. new byte[Side * Side * Side]], [.. new byte[Side * Side * Side]], 1, 0);
    }

    [Fact]
    public void The_volume_that_counts_is_in_millimetres()
    {
        byte[] truth = Cubes((2, 2, 2, 4), (25, 25, 25, 3)), predicted = Cubes((2, 2, 2, 4));
        VolumeGrid coarse = new(s_grid.Shape, new(2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0)); // 27 voxels are 54 mm3
        Expect(predicted, truth, 1 / 2.0, 374 / 2.0, grid: coarse);
    }

    [Fact]
    public void False_positives_alone_score_0_unless_the_rule_for_small_enhancing_tumours_takes_them_away()
    {
        byte[] none = new byte[Side * Side * Side], predicted = Cubes((2, 2, 2, 4));
        Expect(predicted, none, 0, 374);
        IReadOnlyList<(string Metric, double Value)> values = SegmentationMetrics.Compute(
            predicted,
            none,
            LabelConvention.BraTS2018,
            ScoredRegion.EnhancingTumorPostprocessed,
            s_grid,
            new() { Metrics = SegmentationMetric.All });
        Assert.Equal([1, 0, 1, 1, 0, 0, 1, 0], values.Select(one => one.Value));
    }

    private static void Expect(
        byte[] predicted, byte[] truth, double dice, double? distance, LesionOptions? lesions = null, VolumeGrid? grid = null)
    {
        EvaluationOptions options = new() { Metrics = SegmentationMetric.LesionWise, Lesions = lesions ?? new() };
        Dictionary<string, double> values = SegmentationMetrics.Compute(
            predicted, truth, LabelConvention.BraTS2018, ScoredRegion.EnhancingTumor, grid ?? s_grid, options)
            .ToDictionary(one => one.Metric, one => one.Value);
        Assert.Equal(dice, values[SegmentationMetrics.LesionDice], 12);
        if (distance is { } expected)
            Assert.Equal(expected, values[SegmentationMetrics.LesionHd95], 9);
    }

    // Class 3 is the enhancing tumour of BraTS 2018.
    private static byte[] Cubes(params (int X, int Y, int Z, int Size)[] cubes)
    {
        byte[] classes = new byte[Side * Side * Side];
        foreach ((int x, int y, int z, int size) in cubes)
        {
            for (int i = 0; i < size * size * size; i++)
                classes[x + (i % size) + (Side * (y + (i / size % size) + (Side * (z + (i / size / size)))))] = 3;
        }

        return classes;
    }
}
