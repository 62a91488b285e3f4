using Smml.MLNet.Tests.Training.Checkpoints;

namespace Smml.MLNet.Tests.Training;

/// <summary>Several batches a step, through the trainer.</summary>
public sealed class GradientAccumulationTests
{
    [Theory]
    [InlineData(1, 1, 3)]
    [InlineData(1, 2, 2)] // three cases in steps of two
    [InlineData(2, 2, 1)]
    public void An_epoch_has_as_many_steps_as_its_cases_fill(int batch, int accumulation, int steps)
    {
        using SegmentationTransformer model =
            new TinyTraining { Length = 1, StepsPerEpoch = null, BatchSize = batch, GradientAccumulation = accumulation }.Run();
        Assert.Equal(
            (steps, accumulation, (long)steps),
            (model.Info.StepsPerEpoch, model.Info.GradientAccumulation!.Value, model.Training.StepsDone));
    }

    [Fact]
    public void A_training_that_was_stopped_between_steps_ends_with_the_same_weights()
    {
        using TemporaryFolder folder = new();
        TinyTraining Training() => new() { Length = 2, StepsPerEpoch = null, BatchSize = 1, GradientAccumulation = 2 };
        string expected = Training().Weights();
        Training().Weights(new() { Folder = folder.Path }, stopAfter: 3);
        Assert.Equal(expected, Training().Weights(new() { Folder = folder.Path, Resume = true }));
        Assert.NotEqual(expected, new TinyTraining { Length = 2, StepsPerEpoch = null, BatchSize = 1 }.Weights());
    }
}
