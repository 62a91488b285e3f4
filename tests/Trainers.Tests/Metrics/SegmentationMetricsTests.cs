using CsCheck;

namespace Smml.MLNet.Tests.Evaluation;

public sealed class SegmentationMetricsTests
{
    private static readonly VolumeGrid s_grid = new(new(10, 5, 4), Affine.Identity);

    [Fact]
    public void Dice_is_the_one_of_DiceScore_and_the_harmonic_mean_of_sensitivity_and_precision() =>
        Gen.Select(Gen.Byte[0, 3].Array[200], Gen.Byte[0, 3].Array[200]).Sample((predicted, truth) =>
        {
            foreach (ScoredRegion region in Enum.GetValues<ScoredRegion>())
            {
                Dictionary<string, double> values = Compute(predicted, truth, region, new() { MinimumEnhancingVoxels = 50 });
                Assert.Equal(DiceScore.Compute(predicted, truth, LabelConvention.BraTS2018, region, 50), values[SegmentationMetrics.Dice]);
                double sensitivity = values[SegmentationMetrics.Sensitivity], precision = values[SegmentationMetrics.Precision];
                if (sensitivity + precision > 0)
                    Assert.Equal(2 * sensitivity * precision / (sensitivity + precision), values[SegmentationMetrics.Dice], 1e-8);
                Dictionary<string, double> swapped = Compute(truth, predicted, region, new() { MinimumEnhancingVoxels = 0 });
                if (region != ScoredRegion.EnhancingTumorPostprocessed)
                    Assert.Equal(
                        (precision, sensitivity), (swapped[SegmentationMetrics.Sensitivity], swapped[SegmentationMetrics.Precision]));
            }
        });

    [Theory]
    [InlineData(EmptyRegion.BraTS2023, 1, 0, 0, 374)]
    [InlineData(EmptyRegion.BraTSDiagonal, 1, 0, 0, 373.1286)]
    [InlineData(EmptyRegion.Exclude, double.NaN, double.NaN, 0, double.NaN)]
    public void Empty_regions_score_as_the_convention_says(
        EmptyRegion empty, double diceOfNone, double distanceOfNone, double diceOfOne, double distanceOfOne)
    {
        byte[] none = new byte[200], some = [.. Enumerable.Range(0, 200).Select(i => (byte)(i is 100 or 101 ? 3 : 0))];
        EvaluationOptions options = new() { EmptyRegion = empty, Metrics = SegmentationMetric.All };
        Dictionary<string, double> both = Compute(none, none, ScoredRegion.WholeTumor, options),
            missed = Compute(none, some, ScoredRegion.WholeTumor, options),
            invented = Compute(some, none, ScoredRegion.WholeTumor, options);
        bool isExcluded = empty == EmptyRegion.Exclude;
        Assert.Equal((diceOfNone, distanceOfNone), (both[SegmentationMetrics.Dice], both[SegmentationMetrics.Hd95]));
        foreach (Dictionary<string, double> one in new[] { missed, invented })
        {
            Assert.Equal(diceOfOne, one[SegmentationMetrics.Dice], 1e-8);
            Assert.Equal(distanceOfOne, one[SegmentationMetrics.Hd95], 1e-4);
        }

        double undefined = isExcluded ? double.NaN : 0;
        Assert.Equal(
            (isExcluded ? double.NaN : 1, isExcluded ? double.NaN : 1),
            (both[SegmentationMetrics.Sensitivity], both[SegmentationMetrics.Precision]));
        Assert.Equal((0, undefined), (missed[SegmentationMetrics.Sensitivity], missed[SegmentationMetrics.Precision]));
        Assert.Equal((undefined, 0), (invented[SegmentationMetrics.Sensitivity], invented[SegmentationMetrics.Precision]));
        Assert.Equal((diceOfNone, distanceOfNone), (both[SegmentationMetrics.LesionDice], both[SegmentationMetrics.LesionHd95]));
        Assert.Equal((0, 374), (invented[SegmentationMetrics.LesionDice], invented[SegmentationMetrics.LesionHd95]));
        Assert.Equal((0, 0), (both[SegmentationMetrics.PredictedVolume], both[SegmentationMetrics.TrueVolume]));
    }

    [Fact]
    public void Volumes_in_millilitres_take_the_determinant_of_an_oblique_and_sheared_affine()
    {
        byte[] predicted = [.. Enumerable.Repeat((byte)1, 200)], truth = [.. Enumerable.Range(0, 200).Select(i => (byte)(i < 50 ? 2 : 0))];
        (double sine, double cosine) = Math.SinCos(0.4);
        Affine oblique = new(-2 * cosine, 3 * sine, 0.7, 10, -2 * sine, -3 * cosine, 0.2, 5, 0, 0, 5, -3);
        IReadOnlyList<(string Metric, double Value)> values = SegmentationMetrics.Compute(
            predicted,
            truth,
            LabelConvention.BraTS2018,
            ScoredRegion.WholeTumor,
            new(s_grid.Shape, oblique),
            new() { Metrics = SegmentationMetric.Volume });
        Assert.Equal(
            [SegmentationMetrics.Dice, SegmentationMetrics.PredictedVolume, SegmentationMetrics.TrueVolume],
            values.Select(one => one.Metric));
        Assert.Equal(200 * 30 / 1000.0, values[1].Value, 12);
        Assert.Equal(50 * 30 / 1000.0, values[2].Value, 12);
    }

    [Fact]
    public void Distances_see_only_the_region_wherever_it_lies_and_the_rule_of_500_voxels_touches_every_metric()
    {
        byte[] predicted = new byte[200], truth = new byte[200];
        predicted[9 + (10 * (4 + (5 * 3)))] = 3; // a corner of the volume
        truth[5 + (10 * (4 + (5 * 3)))] = 3;
        truth[0] = 2;
        VolumeGrid stretched = new(s_grid.Shape, new(1.5, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0));
        EvaluationOptions options = new() { Metrics = SegmentationMetric.All };
        double[] plain =
        [
            .. SegmentationMetrics.Compute(predicted, truth, LabelConvention.BraTS2018, ScoredRegion.EnhancingTumor, stretched, options)
                .Select(one => one.Value),
        ];
        double[] ruled =
        [
            .. SegmentationMetrics
                .Compute(predicted, truth, LabelConvention.BraTS2018, ScoredRegion.EnhancingTumorPostprocessed, stretched, options)
                .Select(one => one.Value),
        ];
        Assert.Equal([6, 0, 0, 0.0015, 0.0015], plain[1..6]);
        Assert.Equal([374, 0, 0, 0, 0.0015], ruled[1..6]);
    }

    [Fact]
    public void Wrong_sizes_regions_and_options_are_refused_with_the_remedy()
    {
        static string Message(byte[] predicted, byte[] truth, LabelConvention convention, EvaluationOptions? options) =>
            Assert.Throws<ArgumentException>(
                () => SegmentationMetrics.Compute(predicted, truth, convention, ScoredRegion.EnhancingTumor, s_grid, options)).Message;
        Assert.Contains("one grid", Message(new byte[4], new byte[200], LabelConvention.BraTS2018, null));
        Assert.Contains("10x5x4 has 200", Message(new byte[4], new byte[4], LabelConvention.BraTS2018, null));
        Assert.Contains("no class for EnhancingTumor", Message(new byte[200], new byte[200], LabelConvention.BraTS2012, null));
        string all = Message(new byte[200], new byte[200], LabelConvention.BraTS2018, new()
        {
            Metrics = (SegmentationMetric)64,
            EmptyRegion = (EmptyRegion)9,
            Lesions = new() { DilationIterations = -1, MinimumVolume = double.NaN, MissingDistance = -1 },
        });
        foreach (string name in new[] { "Metrics", "EmptyRegion", "DilationIterations", "MinimumVolume", "MissingDistance" })
            Assert.Contains(name, all);
    }

    private static Dictionary<string, double> Compute(byte[] predicted, byte[] truth, ScoredRegion region, EvaluationOptions options) =>
        SegmentationMetrics.Compute(predicted, truth, LabelConvention.BraTS2018, region, s_grid, options)
            .ToDictionary(one => one.Metric, one => one.Value);
}
