using Smml.MLNet.Training;

namespace Smml.MLNet.Tests.Training.Checkpoints;

public sealed class ResumeTests
{
    [Theory]
    [InlineData("two branches")]
    [InlineData("one branch")]
    [InlineData("cues")]
    [InlineData("dropout")]
    [InlineData("cases on disk")]
    public void A_training_that_was_stopped_and_resumed_ends_with_the_same_bits(string what)
    {
        TinyTraining training = Problem(what);
        using SegmentationTransformer whole = training.Run();
        using TemporaryFolder folder = new();
        CheckpointOptions first = new() { Folder = folder.Path }, next = new() { Folder = folder.Path, Resume = true };

        // In the first epoch, at its end, and in the second one.
        using (SegmentationTransformer stopped = training.Run(first, stopAfter: 2))
            Assert.Equal(
                (StopReason.Cancelled, 0, 2L, false),
                (stopped.Training.StopReason, stopped.Training.EpochsDone, stopped.Training.StepsDone, stopped.Training.Resumed));
        using (SegmentationTransformer stopped = training.Run(next, stopAfter: 1))
            Assert.Equal(
                (StopReason.Cancelled, 1, 3L, true),
                (stopped.Training.StopReason, stopped.Training.EpochsDone, stopped.Training.StepsDone, stopped.Training.Resumed));
        using (SegmentationTransformer stopped = training.Run(next, stopAfter: 2))
            Assert.Equal(5, stopped.Training.StepsDone);
        using SegmentationTransformer resumed = training.Run(next);
        Assert.Equal(
            (StopReason.Completed, 3, 9L, true),
            (resumed.Training.StopReason, resumed.Training.EpochsDone, resumed.Training.StepsDone, resumed.Training.Resumed));
        Assert.Equal(whole.Info.WeightsSha256, resumed.Info.WeightsSha256);
        Assert.Equal(whole.Info.FinalLosses, resumed.Info.FinalLosses);
        Assert.Equal(whole.Training.BestEpoch, resumed.Training.BestEpoch);
        Assert.Equal(["best.smmlckpt", "final.smmlckpt", "training.lock"], Files(folder));

        // A training that is done does nothing more.
        byte[] final = File.ReadAllBytes(folder["final.smmlckpt"]);
        Assert.Equal(whole.Info.WeightsSha256, training.Weights(next));
        Assert.Equal(final, File.ReadAllBytes(folder["final.smmlckpt"]));
    }

    [Fact]
    public void Encoders_that_do_not_run_in_the_step_after_resuming_move_as_they_would_have()
    {
        // Two of the encoders run in one step of each epoch; in the others the optimizer moves them
        // with a gradient of zero, once they have had one.
        TinyTraining training = new()
        {
            Rows =
            [
                TinyProblem.Row(0),
                .. Enumerable.Range(1, 5).Select(index => TinyProblem.Row(index, ModalitySet.Of(Modality.T1ce, Modality.T2))),
            ],
        };
        using TemporaryFolder folder = new();
        List<int> unmoved = [];
        for (StopReason reason = StopReason.Cancelled; reason == StopReason.Cancelled;)
        {
            using SegmentationTransformer model = training.Run(new() { Folder = folder.Path, Resume = true }, stopAfter: 1);
            reason = model.Training.StopReason;
            using CheckpointFile file = CheckpointFile.Open(folder[reason == StopReason.Cancelled ? "latest.smmlckpt" : "final.smmlckpt"]);
            unmoved.Add(file.Header.Unmoved.Count(name => name.Contains("t1ce_encoder", StringComparison.Ordinal)));
            if (reason == StopReason.Completed)
                Assert.Equal(training.Weights(), model.Info.WeightsSha256);
        }

        Assert.Equal(9, unmoved.Count);
        Assert.Equal(0, unmoved[^1]);
        Assert.NotEqual(0, unmoved[0]);
    }

    [Fact]
    public void A_checkpoint_holds_running_statistics_and_every_moment_of_the_optimizer()
    {
        using TemporaryFolder folder = new();
        Problem("cues").Run(new() { Folder = folder.Path }, stopAfter: 2).Dispose();
        using CheckpointFile file = CheckpointFile.Open(folder["latest.smmlckpt"]);
        string[] names = [.. file.Header.Tensors.Select(tensor => tensor.Name)];
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Contains("branch2/unet3d.encoder1.1.running_mean", names);
        Assert.Contains("branch1/unet3d.encoder1.1.num_batches_tracked", names);
        Assert.Contains("branch1/decoder_sep.seg_layer.weight", names);
        Assert.Contains("adam/branch2/unet3d.encoder1.0.weight/largest", names);
        Assert.Contains("losses", names);
        Assert.Contains("random", names);
        Assert.Equal((0, 2, 2L), (file.Header.Epoch, file.Header.Step, file.Header.OptimizerSteps));
        Assert.Contains("branch1/decoder_sep.seg_layer.weight", file.Header.Unmoved); // its loss is off
    }

    [Fact]
    public void Without_a_checkpoint_resuming_starts_anew_and_the_seed_of_a_checkpoint_is_taken_over()
    {
        using TemporaryFolder folder = new();
        TinyTraining training = new() { Seed = null };
        using SegmentationTransformer stopped = training.Run(new() { Folder = folder["new/folder"], Resume = true }, stopAfter: 1);
        Assert.Contains(
            training.Log,
            line => line.StartsWith("Info|SmmlTrainer; Checkpoints|", StringComparison.Ordinal)
                && line.Contains("no checkpoint to resume; training starts anew"));
        using SegmentationTransformer resumed = training.Run(new() { Folder = folder["new/folder"], Resume = true }, stopAfter: 1);
        Assert.Equal(stopped.Info.Seed, resumed.Info.Seed);
        Assert.Equal(2, resumed.Training.StepsDone);
        Assert.Contains(
            training.Log, line => line.Contains("goes on after 0 epochs and 1 steps, from " + folder["new/folder/latest.smmlckpt"]));
    }

    [Fact]
    public void Checkpoints_are_kept_after_steps_epochs_and_time()
    {
        Assert.Equal([3, 6], Kept(new() { Folder = "", EverySteps = null }));
        Assert.Equal([2, 3, 4, 6, 8], Kept(new() { Folder = "", EverySteps = 2 }));
        Assert.Equal([6], Kept(new() { Folder = "", EveryEpochs = 2 }));
        Assert.Equal([3, 5, 6, 8], Kept(new() { Folder = "", EveryEpochs = 2, Interval = TimeSpan.FromMinutes(2) }));

        // Every step takes a minute, the first one none.
        static List<long> Kept(CheckpointOptions options)
        {
            using TemporaryFolder folder = new();
            Clock clock = new();
            List<long> kept = [];
            new TinyTraining().Run(
                new()
                {
                    Folder = folder.Path,
                    EverySteps = options.EverySteps,
                    EveryEpochs = options.EveryEpochs,
                    Interval = options.Interval,
                    TimeProvider = clock,
                },
                told: _ =>
                {
                    clock.Now += TimeSpan.FromMinutes(1);
                    if (!File.Exists(folder["latest.smmlckpt"]))
                        return;
                    using CheckpointFile file = CheckpointFile.Open(folder["latest.smmlckpt"]);
                    long steps = (file.Header.Epoch * (long)TinyTraining.Steps) + file.Header.Step;
                    if (kept.Count == 0 || kept[^1] != steps)
                        kept.Add(steps);
                }).Dispose();
            return kept;
        }
    }

    [Fact]
    public void Time_left_follows_the_pace_of_this_process_and_time_of_training_adds_up()
    {
        using TemporaryFolder folder = new();
        TrainingProgress? last = null, first = null;
        new TinyTraining().Run(new() { Folder = folder.Path }, stopAfter: 4, told: progress => last = progress).Dispose();
        new TinyTraining().Run(new() { Folder = folder.Path, Resume = true }, stopAfter: 1, told: progress => first = progress).Dispose();
        Assert.True(first!.Elapsed > last!.Elapsed);
        TimeSpan own = first.Elapsed - last.Elapsed; // one step, four more to do
        Assert.InRange(first.Remaining, 3 * own, 5 * own);
        Assert.Equal((2, 2), (first.Epoch, first.Step));
    }

    private static TinyTraining Problem(string what) => what switch
    {
        "one branch" => new() { Architecture = TinyTraining.Without(TinyProblem.Architecture, branches: 1), Losses = new() },
        "cues" => new() { Cues = true, Rows = [.. TinyProblem.Rows(3, cues: true)] },
        "dropout" => new() { Architecture = TinyProblem.Architecture },
        "cases on disk" => new() { CaseMemory = 100 },
        _ => new() { Losses = new() },
    };

    private static IEnumerable<string> Files(TemporaryFolder folder) =>
        Directory.EnumerateFiles(folder.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
