using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Smml.MLNet.Training;
using TorchSharp;

namespace Smml.MLNet.Tests.Training.Feeding;

/// <summary>What it costs to make the batches, and what workers save; <c>SMML_FEED_COST=1</c> asks for it.</summary>
public sealed class FeedCostTests(ITestOutputHelper output)
{
    private static readonly VolumeShape s_brain = new(150, 180, 145); // about what a cropped one has

    [Theory]
    [InlineData(32, false, false)]
    [InlineData(128, false, false)]
    [InlineData(128, false, true)]
    [InlineData(128, true, false)]
    [InlineData(128, true, true)]
    public void Time_of_a_sample(int side, bool cues, bool mapped)
    {
        Requested();
        using CaseCache disk = new(null);
        VolumeShape patch = new(side, side, side);
        TrainingCase one = TinyCases.Case(4, cues, s_brain), source = mapped ? disk.Keep(one) : one;
        List<double> cut = [], tensors = [];
        for (int i = -3; i < 30; i++)
        {
            long start = Stopwatch.GetTimestamp();
            TrainingSample sample = TrainingSample.Cut(
                source, PatchDraw.Draw(SplitMix64.ForKey(1, i), source, patch, new(), masks: 2), patch, Fidelity.Corrected, cues);
            double done = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            using (DisposeScope scope = torch.NewDisposeScope())
                TrainingBatch.Create([sample], patch, torch.CPU);
            if (i < 0)
                continue;
            cut.Add(done);
            tensors.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds - done);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{patch}{(cues ? ", cues" : "")}, case {(mapped ? "on disk" : "in memory")}: drawn and cut in {Median(cut):0.0} ms, "
            + $"tensors in {Median(tensors):0.0} ms"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Wait_for_a_batch_of_the_paper_where_a_step_leaves_the_processor_free(bool cues)
    {
        Requested();
        TrainingCase[] cases = [TinyCases.Case(4, cues, s_brain), TinyCases.Case(9, cues, s_brain)];
        foreach (int workers in new[] { 0, 1, 2, 0, 1, 2 })
        {
            SmmlTrainerOptions options = new() { Cases = new() { Workers = workers }, Epochs = 1 };
            using SampleFeed feed = TinyCases.Feed(options, cases, cues, stepsPerEpoch: 12, seed: 1);
            List<double> waits = [];
            long asked = Stopwatch.GetTimestamp();
            foreach (IReadOnlyList<TrainingSample> _ in feed.Batches(0, 0))
            {
                waits.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
                Thread.Sleep(300); // stands for the step on a GPU
                asked = Stopwatch.GetTimestamp();
            }

            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"2 x {options.Architecture.Patch}{(cues ? ", cues" : "")}, {workers} workers: "
                + $"a step of 300 ms waits {Median(waits):0.0} ms for its batch"));
        }
    }

    [Fact]
    public void Time_of_a_tiny_step()
    {
        Requested();
        foreach (int workers in new[] { 0, 1, 3, 0, 1, 3, 0, 1, 3 })
        {
            MLContext ml = new(seed: 1);
            List<double> times = [];
            long last = 0;
            SmmlTrainerOptions options = new()
            {
                Architecture = SmmlArchitecture.Tiny,
                Epochs = 1,
                StepsPerEpoch = 30,
                Seed = 1,
                Cases = new() { Workers = workers },
                Progress = new Immediate(_ =>
                {
                    times.Add(Stopwatch.GetElapsedTime(last).TotalMilliseconds);
                    last = Stopwatch.GetTimestamp();
                }),
            };
            ml.Segmentation.Trainers.Smml(options).Fit(TinyProblem.View(ml, TinyProblem.Rows(3, side: 96))).Dispose();
            output.WriteLine(FormattableString.Invariant(
                $"tiny, 2 x {options.Architecture.Patch}, {workers} workers: a step in {Median(times):0} ms"));
        }
    }

    private static void Requested() =>
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SMML_FEED_COST") == "1", "a measurement, on request");

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    private sealed class Immediate(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
