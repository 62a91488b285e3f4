using Microsoft.ML;

namespace Smml.MLNet.Tests.Training;

public sealed class PublishedSettingsTests
{
    [Theory]
    [InlineData(BraTS.Y2015, null, 0)]
    [InlineData(BraTS.Y2018, "2018:1", 199)]
    [InlineData(BraTS.Y2020, "2020", 219)]
    public void The_paper_in_one_word(BraTS edition, string? split, int cases)
    {
        SmmlTrainerOptions options = SmmlTrainerOptions.Paper(edition);
        options.Validate();
        Assert.Equal((1000, 2, 2e-4, 1e-4, 101, 1024), (
            options.Epochs,
            options.BatchSize,
            options.Optimizer.LearningRate,
            options.Optimizer.WeightDecay,
            options.WarmUpEnd,
            options.Seed));
        Assert.Equal((new VolumeShape(128, 128, 128), 8, 512, 2), (
            options.Architecture.Patch,
            options.Architecture.BaseChannels,
            options.Architecture.TransformerWidth,
            options.Architecture.BranchCount));
        Assert.Equal((6, DivergenceDirection.Literal, 1, 1, 1, 1), (
            options.Losses.Temperature,
            options.Losses.Direction,
            options.Losses.PixelConsistencyWeight,
            options.Losses.FeatureRelationWeight,
            options.Losses.RefinementWeight,
            options.Losses.RefinementConsistencyWeight));
        Assert.Equal((split, cases), (options.Cases.Split?.Name, options.Cases.Split?.Train.Count ?? 0));
        Assert.Contains("from epoch 102 on: PBC", options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void As_released_means_the_released_token_layout_too()
    {
        SmmlTrainerOptions options = SmmlTrainerOptions.Paper(BraTS.Y2018, Fidelity.Reference);
        Assert.Equal((Fidelity.Reference, TokenLayout.Reference), (options.Fidelity, options.Architecture.TokenLayout));
        Assert.Equal(
            (Fidelity.Corrected, TokenLayout.Aligned),
            (SmmlTrainerOptions.Paper(BraTS.Y2018).Fidelity, SmmlTrainerOptions.Paper(BraTS.Y2018).Architecture.TokenLayout));
    }

    [Fact]
    public void A_split_trains_on_its_training_cases_and_reads_no_other()
    {
        MLContext ml = new(seed: 1);
        List<string> log = [];
        ml.Log += (_, message) => log.Add(message.Message);
        TinyRow one = TinyProblem.Row(0), two = TinyProblem.Row(1), broken = TinyProblem.Row(2);
        BraTSSplit split = BraTSSplit.BraTS2020();
        (one.CaseId, two.CaseId, broken.CaseId, broken.Label) = (split.Train[0], split.Train[1], split.Test[0], null);
        using SegmentationTransformer model = ml.Segmentation.Trainers.Smml(Options(split)).Fit(TinyProblem.View(ml, [one, broken, two]));
        Assert.Equal(2, model.Info.TrainingCases);
        Assert.DoesNotContain(log, line => line.Contains("is left out", StringComparison.Ordinal));
        Assert.Contains(
            log,
            line => line.Contains("The split 2020 names 219 training cases, 2 of them are among the 3 rows", StringComparison.Ordinal));

        InvalidOperationException none = Assert.Throws<InvalidOperationException>(
            () => ml.Segmentation.Trainers.Smml(Options(split)).Fit(TinyProblem.View(ml, TinyProblem.Rows(2))));
        Assert.Contains("None of the 2 rows is a training case of the split 2020", none.Message, StringComparison.Ordinal);
    }

    private static SmmlTrainerOptions Options(BraTSSplit split) => new()
    {
        Architecture = TinyProblem.Architecture,
        Epochs = 1,
        StepsPerEpoch = 1,
        Seed = 1,
        Losses = TinyProblem.FusedOnly,
        Cases = new() { Split = split },
    };
}
