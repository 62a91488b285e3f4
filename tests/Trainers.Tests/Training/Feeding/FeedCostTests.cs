using System.Diagnostics;
using Smml.MLNet.Training;
using TorchSharp;

namespace Smml.MLNet.Tests.Training.Feeding;

/// <summary>What it costs to make the batches; <c>SMML_FEED_COST=1</c> asks for it.</summary>
public sealed class FeedCostTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("tiny", 64, 1, false)]
    [InlineData("paper", 128, 1, false)]
    [InlineData("paper, mapped", 128, 1, false)]
    [InlineData("paper, cues", 128, 1, true)]
    public void Time_of_a_sample(string name, int side, int batch, bool cues)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SMML_FEED_COST") == "1", "a measurement, on request");
        TorchRuntime.EnsureAvailable();
        using TemporaryFolder folder = new();
        using CaseCache disk = new(folder.Path);
        VolumeShape shape = new(150, 180, 145), patch = new(side, side, side); // about what a cropped brain has
        TrainingCase one = Case(shape, cues), source = name.Contains("mapped") ? disk.Keep(one) : one;
        double draw = 0, cut = 0, tensors = 0;
        const int repeats = 20;
        for (int i = -2; i < repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            PatchDraw[] draws = [.. Enumerable.Range(0, batch).Select(b => PatchDraw.Draw(SplitMix64.ForKey(1, i, b), source, patch, new()))];
            double drawn = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            TrainingSample[] samples = [.. draws.Select(chosen => TrainingSample.Cut(source, chosen, patch, Fidelity.Corrected, cues))];
            double done = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            using (DisposeScope scope = torch.NewDisposeScope())
                TrainingBatch.Create(samples, patch, torch.CPU);
            if (i >= 0)
                (draw, cut, tensors) = (draw + drawn, cut + done - drawn, tensors + Stopwatch.GetElapsedTime(start).TotalMilliseconds - done);
        }

        output.WriteLine(FormattableString.Invariant($"{name}: {batch} x {patch}: drawn in {draw / repeats:0.0} ms, cut in {cut / repeats:0.0} ms, tensors in {tensors / repeats:0.0} ms"));
    }

    private static TrainingCase Case(VolumeShape shape, bool cues)
    {
        SplitMix64 random = new(1);
        VolumeGrid grid = new(shape, Affine.Identity);
        Volume[] scans = [.. Enumerable.Range(0, 4).Select(_ => new Volume(grid, [.. Enumerable.Range(0, (int)shape.Count).Select(_ => (float)random.NextDouble())]))];
        byte[][] maps = [.. Enumerable.Range(0, 17).Select(_ => new byte[shape.Count])];
        return TrainingCase.Of("case", scans, maps[16], LabelConvention.BraTS2018, cues ? new(shape, 4, maps[..16]) : null);
    }
}
