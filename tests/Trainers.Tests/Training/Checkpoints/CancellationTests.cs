using Microsoft.ML;
using Smml.MLNet.Cases;
using Smml.MLNet.Training;

namespace Smml.MLNet.Tests.Training.Checkpoints;

public sealed class CancellationTests
{
    [Fact]
    public void Cancelling_ends_training_within_one_step_with_a_usable_model()
    {
        int steps = 0;
        using SegmentationTransformer model = new TinyTraining().Run(stopAfter: 2, told: _ => steps++);
        Assert.Equal(2, steps);
        Assert.Equal((StopReason.Cancelled, 0, 2L), (model.Training.StopReason, model.Training.EpochsDone, model.Training.StepsDone));
        Assert.Null(model.Training.BestEpoch);
        Assert.Null(model.Training.WeightsEpoch);
        Assert.Empty(model.Info.FinalLosses);
        MLContext ml = new(seed: 1);
        using TemporaryFolder folder = new();
        IDataView rows = TinyProblem.View(ml, TinyProblem.Rows(1));
        ml.Model.Save(model, rows.Schema, folder["model.zip"]);
        ITransformer loaded = ml.Model.Load(folder["model.zip"], out _);
        Assert.Equal(StopReason.Cancelled, ml.Segmentation.Describe(loaded).Training!.StopReason);
        Assert.Equal(Segmentation(ml, model, rows), Segmentation(ml, loaded, rows));
    }

    [Fact]
    public void A_cancelled_training_gives_the_best_epoch_also_after_it_was_resumed()
    {
        using TemporaryFolder folder = new();
        Dictionary<int, double> losses = [];
        using SegmentationTransformer stopped = new TinyTraining().Run(new() { Folder = folder.Path }, stopAfter: 7, told: progress =>
        {
            if (progress.EpochLosses.Count > 0)
                losses.Add(progress.Epoch, (progress.EpochLosses.Of("segmentation 1") + progress.EpochLosses.Of("segmentation 2")) / 2);
        });
        int best = losses.MinBy(pair => pair.Value).Key;
        Assert.Equal((best, best), (stopped.Training.BestEpoch, stopped.Training.WeightsEpoch));
        Assert.Equal(losses[best], (stopped.Info.FinalLosses["segmentation 1"] + stopped.Info.FinalLosses["segmentation 2"]) / 2);
        using (CheckpointFile file = CheckpointFile.Open(folder["best.smmlckpt"]))
            Assert.Equal(
                (
                    best,
                    0,
                    "lowest mean segmentation loss (cross-entropy + Dice of the fused prediction) of an epoch on its own training patches"),
                (file.Header.Epoch, file.Header.Step, file.Header.BestCriterion));

        using SegmentationTransformer again = new TinyTraining().Run(new() { Folder = folder.Path, Resume = true }, stopAfter: 1);
        Assert.Equal(8, again.Training.StepsDone);
        Assert.Equal((best, best), (again.Training.BestEpoch, again.Training.WeightsEpoch));
        Assert.Equal(stopped.Info.WeightsSha256, again.Info.WeightsSha256);
    }

    [Fact]
    public void Before_the_first_step_there_is_no_model()
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource source = new();
        source.Cancel();
        MLContext ml = new(seed: 1);
        SmmlTrainerOptions options = new()
        {
            Architecture = TinyProblem.Architecture,
            Epochs = 1,
            CancellationToken = source.Token,
            Checkpoints = new() { Folder = folder.Path },
        };
        Assert.Throws<OperationCanceledException>(
            () => ml.Segmentation.Trainers.Smml(options).Fit(TinyProblem.View(ml, TinyProblem.Rows(1))));
        Assert.Empty(Directory.EnumerateFiles(folder.Path, "*.smmlckpt*"));
    }

    [Fact]
    public void A_stage_of_the_data_that_is_cancelled_ends_training_before_its_first_step()
    {
        MLContext ml = new(seed: 1);
        using TemporaryFolder folder = new();
        using CancellationTokenSource source = new();
        int calls = 0;
        IDataView rows = TinyProblem.View(ml, TinyProblem.Rows(2)), data = ml.Transforms.GenerateCues(new Stopping(() =>
        {
            if (++calls == 2)
                source.Cancel();
        }), new() { CancellationToken = source.Token }).Fit(rows).Transform(rows);
        SmmlTrainerOptions options = new()
        {
            Architecture = TinyProblem.Architecture,
            Epochs = 3,
            BatchSize = 1,
            Losses = TinyProblem.FusedOnly,
            CancellationToken = source.Token,
            Checkpoints = new() { Folder = folder.Path },
        };
        Exception error = Assert.ThrowsAny<Exception>(() => ml.Segmentation.Trainers.Smml(options).Fit(data));
        Assert.IsType<OperationCanceledException>(CaseFault.Cause(error));
        Assert.Equal(2, calls); // the data are read once
        Assert.Empty(Directory.EnumerateFiles(folder.Path, "*.smmlckpt*"));
    }

    [Fact]
    public void Options_of_checkpoints_are_checked()
    {
        SmmlTrainerOptions options = new()
        {
            Checkpoints = new() { Folder = " ", EveryEpochs = 0, EverySteps = 0, Interval = TimeSpan.Zero },
        };
        string message = Assert.Throws<ArgumentException>(() => new MLContext().Segmentation.Trainers.Smml(options)).Message;
        Assert.All(
            ["Checkpoints.Folder", "Checkpoints.EveryEpochs", "Checkpoints.EverySteps", "Checkpoints.Interval", "4 options"],
            name => Assert.Contains(name, message));
    }

    private static float[] Segmentation(MLContext ml, ITransformer model, IDataView rows) =>
        ml.Data.CreateEnumerable<TinyResult>(model.Transform(rows), false).Single().Segmentation!.Voxels.ToArray();

    private sealed class Stopping(Action told) : ICueProvider
    {
        public SemanticCues Generate(CueCase source, CancellationToken cancellationToken = default)
        {
            told();
            cancellationToken.ThrowIfCancellationRequested();
            return new PhantomCueProvider().Generate(source, cancellationToken);
        }
    }
}
