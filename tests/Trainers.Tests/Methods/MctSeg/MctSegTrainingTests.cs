using Microsoft.ML;

namespace Smml.MLNet.Tests.Methods.MctSeg;

/// <summary>Trainings of MCTSeg with all its terms and with cases that lack scans.</summary>
public sealed class MctSegTrainingTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Encoders_that_run_again_in_the_backward_pass_give_the_same_weights_with_every_term()
    {
        foreach (bool detach in new[] { false, true })
        {
            MctSegTrainerOptions options = Options() with { Losses = new() { DetachTeacher = detach } };
            string plain = Train(options).WeightsSha256;
            Assert.Equal(plain, Train(options with { RecomputeEncoders = true }).WeightsSha256);
        }
    }

    [Fact]
    public void Cases_that_lack_scans_train_with_every_term_and_dropout()
    {
        MctSegTrainerOptions options = Options() with { Losses = new(), Architecture = MctSegArchitecture.Tiny with { Dropout = 0.1 } };
        SegmentationModelInfo info = Train(
            options, [TinyProblem.Row(0, ModalitySet.Of(Modality.T1ce)), TinyProblem.Row(1, ModalitySet.Of(Modality.T1ce, Modality.T2))]);
        Assert.Equal(
            ["auxiliary", "distillation", "segmentation", "separate", "teacher", "total"],
            info.FinalLosses.Keys.Order(StringComparer.Ordinal));
        Assert.All(info.FinalLosses.Values, loss => Assert.True(double.IsFinite(loss) && loss > 0));
    }

    private static MctSegTrainerOptions Options() =>
        (MctSegTrainerOptions)SegmentationMethods.Parse("mctseg").CreateOptions(NetworkSize.Tiny) with
        {
            Epochs = 2,
            StepsPerEpoch = 1,
            Seed = 3,
        };

    private SegmentationModelInfo Train(MctSegTrainerOptions options, IEnumerable<TinyRow>? rows = null)
    {
        using SegmentationTransformer model = _ml.Segmentation.Trainers.MctSeg(options)
            .Fit(TinyProblem.View(_ml, rows ?? TinyProblem.Rows(2)));
        return model.Info;
    }
}
