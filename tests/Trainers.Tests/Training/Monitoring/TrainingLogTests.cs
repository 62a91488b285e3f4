using System.Buffers.Binary;
using System.Globalization;
using Microsoft.ML;
using Smml.MLNet.Pictures;
using Smml.MLNet.Tests.Training.Checkpoints;
using Tensorboard;

namespace Smml.MLNet.Tests.Training.Monitoring;

public sealed class TrainingLogTests
{
    [Fact]
    public void TensorBoard_events_table_and_picture_tell_every_epoch()
    {
        using TemporaryFolder folder = new();
        using SegmentationTransformer model = new TinyTraining { LogFolder = folder["log"], Validation = EveryEpoch }.Run();

        Event[] events = [.. Directory.EnumerateFiles(folder["log"], "events.out.tfevents.*").SelectMany(Events)];
        foreach (TrainingEpoch epoch in model.History)
        {
            Assert.Equal((float)epoch.Losses.Of("segmentation 1"), Scalar(events, "loss/segmentation 1", epoch.Epoch));
            Assert.Equal(
                (float)epoch.Validation!.Mean(ScoredRegion.TumorCore), Scalar(events, "Dice TumorCore/Flair+T1ce+T1+T2", epoch.Epoch));
            Assert.Equal((float)epoch.LearningRate, Scalar(events, "learning rate", epoch.Epoch));
        }

        string[][] table = [.. File.ReadAllLines(folder["log/training.csv"]).Select(line => line.Split(','))];
        Assert.Equal(["epoch", "seconds", "learning rate"], table[0][..3]);
        Assert.Equal(TinyTraining.Epochs + 1, table.Length);
        Assert.All(table, line => Assert.Equal(table[0].Length, line.Length));
        int late = Array.IndexOf(table[0], "pixel consistency 1"), dice = Array.IndexOf(table[0], "Dice WholeTumor Flair+T1ce+T1+T2");
        Assert.Equal("", table[1][late]); // it begins with the second epoch
        Assert.InRange(
            double.Parse(table[2][late], CultureInfo.InvariantCulture) - model.History[1].Losses.Of("pixel consistency 1"),
            -5.1e-7,
            5.1e-7);
        // four decimals
        Assert.InRange(
            double.Parse(table[3][dice], CultureInfo.InvariantCulture) - model.History[2].Validation!.Mean(ScoredRegion.WholeTumor),
            -5.1e-5,
            5.1e-5);
        Assert.Equal(3 * 1100 * (52 + (2 * 374)), TrainingCurve.Draw(model.History).Pixels.Length);
        Assert.True(new FileInfo(folder["log/training.png"]).Length > 5_000);
        Assert.Empty(Directory.EnumerateFiles(folder["log"], "*.part"));
    }

    [Fact]
    public void A_resumed_training_writes_the_epochs_of_both_processes()
    {
        using TemporaryFolder folder = new();
        TinyTraining Training() => new() { LogFolder = folder["log"] };
        using (SegmentationTransformer stopped = Training().Run(new() { Folder = folder["state"] }, stopAfter: 4))
            Assert.Equal(2, File.ReadAllLines(folder["log/training.csv"]).Length);
        // not once more when it was stopped
        Assert.Single(
            Directory.EnumerateFiles(folder["log"], "events.out.tfevents.*").SelectMany(Events),
            one => one.Step == 1 && one.Summary?.Value[0].Tag == "learning rate");
        using SegmentationTransformer resumed = Training().Run(new() { Folder = folder["state"], Resume = true });
        Assert.Equal(["1", "2", "3"], File.ReadAllLines(folder["log/training.csv"])[1..].Select(line => line.Split(',')[0]));
    }

    [Fact]
    public void A_log_that_cannot_be_written_is_told_once_and_training_goes_on()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["log/training.csv"]); // a folder where the file should be
        TinyTraining training = new() { LogFolder = folder["log"] };
        using SegmentationTransformer model = training.Run();
        Assert.Equal(StopReason.Completed, model.Training.StopReason);
        Assert.Single(
            training.Log,
            line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("training goes on", StringComparison.Ordinal));
    }

    [Fact]
    public void The_picture_shows_falling_losses_as_falling_lines()
    {
        TrainingEpoch[] history = [.. Enumerable.Range(1, 40).Select(epoch => new TrainingEpoch
        {
            Epoch = epoch,
            LearningRate = 1e-3,
            Losses =
            [
                new("segmentation", 1, LossRole.Segmentation, 2.0 / epoch),
                new("segmentation", 2, LossRole.Segmentation, 2.0 / epoch),
                new("total", 1, LossRole.Total, 50),
                new("reconstruction", null, LossRole.Part, double.NaN),
            ],
            Seconds = epoch,
        })];
        Canvas canvas = TrainingCurve.Draw(history);
        Assert.Equal((1100, 52 + 374), (canvas.Width, canvas.Height)); // one panel without validation
        Rgb line = new(31, 97, 181);
        int[] rows =
        [
            .. Enumerable.Range(100, 700).Select(x => Enumerable.Range(52, 300).Where(y => canvas[x, y] == line).DefaultIfEmpty(-1).Max()),
        ];
        Assert.All(
            rows.Where(row => row >= 0).Zip(rows.Where(row => row >= 0).Skip(1)),
            pair => Assert.True(pair.Second >= pair.First - 4, "the line rises"));
        Assert.True(rows.Count(row => row >= 0) > 600);
        Assert.Throws<ArgumentException>(() => TrainingCurve.Draw([]));
    }

    private static ValidationSetOptions EveryEpoch(MLContext ml) =>
        new() { Cases = TinyProblem.View(ml, [TinyProblem.Row(20)]), EveryEpochs = 1 };

    private static float Scalar(Event[] events, string tag, int step) =>
        Assert.Single(
            events.Where(one => one.Step == step).SelectMany(one => one.Summary?.Value.ToArray() ?? []),
            value => value.Tag == tag).SimpleValue;

    // TFRecord: length (uint64), its CRC (uint32), the event (protobuf), its CRC (uint32).
    private static IEnumerable<Event> Events(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        for (int at = 0; at < bytes.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            yield return Event.Parser.ParseFrom(bytes, at + 12, length);
            at += length + 16;
        }
    }
}
