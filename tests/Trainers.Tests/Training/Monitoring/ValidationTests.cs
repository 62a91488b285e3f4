using Microsoft.ML;
using Smml.MLNet.Tests.Training.Checkpoints;

namespace Smml.MLNet.Tests.Training.Monitoring;

public sealed class ValidationTests
{
    private static readonly TinyRow[] s_heldOut =
    [
        TinyProblem.Row(20, side: 36),
        TinyProblem.Row(21, missing: ModalitySet.Of(Modality.T2), side: 28),
    ];

    [Fact]
    public void Scoring_cases_in_between_changes_no_weight_and_no_random_stream()
    {
        TinyTraining plain = new() { Architecture = TinyProblem.Architecture },
            validated = new() { Architecture = TinyProblem.Architecture, Validation = Every(1) };
        Assert.True(TinyProblem.Architecture.Dropout > 0);
        Assert.Equal(plain.Weights(), validated.Weights());
    }

    [Fact]
    public void The_card_has_the_Dice_that_the_model_reaches_when_it_scores_the_cases()
    {
        MLContext ml = new(seed: 1);
        using SegmentationTransformer model = new TinyTraining { Validation = Every(2) }.Run();
        ValidationScores scores = model.Info.Validation!;
        Assert.Equal((TinyTraining.Epochs, s_heldOut.Length), (scores.Epoch, scores.Cases));
        Assert.Equal(15, scores.Scores.Select(score => score.Modalities).Distinct().Count());
        foreach (ModalitySet subset in new[] { ModalitySet.All, ModalitySet.Of(Modality.Flair), ModalitySet.Parse("t1ce,t1") })
        {
            TinyRow[] seen = [.. s_heldOut.Select(row => row.With(subset))];
            double[] dice = [.. ml.Data
                .CreateEnumerable<TinyResult>(model.Transform(TinyProblem.View(ml, seen)), reuseRowObject: false)
                .Zip(s_heldOut)
                .Where(pair => subset.IsSubsetOf(pair.Second.Available))
                .Select(pair => DiceScore.Compute(
                    LabelConvention.BraTS2018.ToClasses(pair.First.Segmentation!),
                    LabelConvention.BraTS2018.ToClasses(pair.Second.Label!),
                    LabelConvention.BraTS2018,
                    ScoredRegion.WholeTumor))];
            Assert.NotEmpty(dice);
            Assert.Equal(dice.Average(), scores.Mean(ScoredRegion.WholeTumor, subset), 9);
        }
    }

    [Fact]
    public void The_best_epoch_is_the_one_with_the_highest_Dice_and_its_weights_can_be_had()
    {
        Dictionary<int, double> dice = [];
        using SegmentationTransformer model = new TinyTraining { Length = 4, Validation = Every(1, useBest: true) }.Run(told: progress =>
        {
            if (progress.Validation is { } scores)
                dice.Add(progress.Epoch, scores.MeanDice);
        });
        Assert.Equal(4, dice.Count);
        int best = dice.MaxBy(pair => pair.Value).Key;
        Assert.Equal((best, best), (model.Training.BestEpoch, model.Training.WeightsEpoch));
        Assert.Equal(
            dice[best],
            model.Info.Validation!.Scores
                .Where(score => score.Modalities == ModalitySet.All && score.Region != ScoredRegion.EnhancingTumorPostprocessed)
                .Average(score => score.Dice),
            9);
        Assert.Equal(model.History[best - 1].Losses.ByLabel(), model.Info.FinalLosses);
    }

    [Fact]
    public void Epochs_in_between_are_not_scored_but_the_last_one_is()
    {
        using SegmentationTransformer model = new TinyTraining { Validation = Every(2) }.Run();
        Assert.Equal([false, true, true], model.History.Select(epoch => epoch.Validation is not null));
        Assert.All(model.History, epoch => Assert.Equal(
            epoch.Validation is null ? [] : [ModalitySet.All],
            epoch.Validation?.Scores.Select(score => score.Modalities).Distinct() ?? []));
    }

    [Fact]
    public void A_resumed_training_has_the_course_of_one_that_was_never_stopped()
    {
        using TemporaryFolder folder = new();
        using SegmentationTransformer whole = new TinyTraining { Validation = Every(1) }.Run();
        using (SegmentationTransformer stopped = new TinyTraining { Validation = Every(1) }
            .Run(new() { Folder = folder.Path }, stopAfter: 4))
            Assert.Single(stopped.History);
        using SegmentationTransformer resumed = new TinyTraining { Validation = Every(1) }
            .Run(new() { Folder = folder.Path, Resume = true });
        Assert.Equal(whole.Info.WeightsSha256, resumed.Info.WeightsSha256);
        Assert.Equal(whole.History.Select(epoch => epoch.Losses), resumed.History.Select(epoch => epoch.Losses));
        Assert.Equal(whole.History.Select(epoch => epoch.Validation!.Scores), resumed.History.Select(epoch => epoch.Validation!.Scores));
        Assert.Equal(whole.Training.BestEpoch, resumed.Training.BestEpoch);
    }

    [Fact]
    public void Where_the_best_was_chosen_otherwise_before_the_search_begins_anew()
    {
        using TemporaryFolder folder = new();
        using (SegmentationTransformer stopped = new TinyTraining().Run(new() { Folder = folder.Path }, stopAfter: 6))
            Assert.NotNull(stopped.Training.BestEpoch);
        TinyTraining training = new() { Validation = Every(1) };
        using SegmentationTransformer resumed = training.Run(new() { Folder = folder.Path, Resume = true });
        Assert.Equal(3, resumed.Training.BestEpoch);
        Assert.Contains(training.Log, line =>
            line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("the search begins anew", StringComparison.Ordinal));
    }

    [Fact]
    public void Validation_cases_of_other_classes_are_refused()
    {
        TinyRow other = TinyProblem.Row(20);
        other.Label = new(other.Label!.Grid, new float[other.Label.Shape.Count])
        {
            LabelConvention = LabelConvention.BraTS2015,
            Source = "other.nii.gz",
        };
        TinyTraining training = new() { Validation = ml => new() { Cases = TinyProblem.View(ml, [other]) } };
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => training.Run());
        Assert.Contains("validation cases follow BraTS2015", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_out_of_range_are_told_together()
    {
        SmmlTrainerOptions options = new()
        {
            Validation = new() { Cases = null!, EveryEpochs = 0, Subsets = [ModalitySet.None] },
            Output = new() { LogFolder = " ", DataDescription = new('x', 2001) },
        };
        ArgumentException error = Assert.Throws<ArgumentException>(options.Validate);
        foreach (string name in new[]
        {
            "Validation.Cases", "Validation.EveryEpochs", "Validation.Subsets", "LogFolder", "DataDescription",
        })
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    private static Func<MLContext, ValidationSetOptions> Every(int epochs, bool useBest = false) =>
        ml => new() { Cases = TinyProblem.View(ml, s_heldOut), EveryEpochs = epochs, UseBestWeights = useBest };
}
