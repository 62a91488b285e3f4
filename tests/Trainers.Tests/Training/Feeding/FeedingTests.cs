using Microsoft.ML;
using Smml.MLNet.Tests.Training.Checkpoints;
using Smml.MLNet.Training;

namespace Smml.MLNet.Tests.Training.Feeding;

/// <summary>Where cases are kept and how many workers cut patches changes nothing but time, and nothing stays behind.</summary>
public sealed class FeedingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_weights_depend_neither_on_the_memory_nor_on_the_workers(bool cues)
    {
        string[] weights =
        [
            .. new[] { (1L << 30, 0), (1L << 30, 1), (0L, 3), (1_000_000L, 1) }.Select(
                pair => Training(pair.Item1, pair.Item2, cues).Weights()),
        ];
        Assert.Equal(64, Assert.Single(weights.Distinct()).Length);
    }

    [Fact]
    public void A_checkpoint_may_be_resumed_with_other_memory_and_other_workers()
    {
        string whole = Training(1L << 30, 1).Weights();
        using TemporaryFolder checkpoints = new();
        Training(1L << 30, 0).Run(new() { Folder = checkpoints.Path }, stopAfter: 2).Dispose();
        Training(0, 3).Run(new() { Folder = checkpoints.Path, Resume = true }, stopAfter: 3).Dispose();
        Assert.Equal(whole, Training(1_000_000, 1).Weights(new() { Folder = checkpoints.Path, Resume = true }));
    }

    [Fact]
    public void Nothing_is_left_however_training_ends()
    {
        Training(0, 1).Run(stopAfter: 1).Dispose();
        Left("a cancelled training");
        TinyRow broken = TinyProblem.Row(1);
        broken.Label = null;
        Training(0, 1, rows: [TinyProblem.Row(0), broken, TinyProblem.Row(2)]).Run().Dispose();
        Left("a training with a refused case");
        TinyRow[] rows = [.. TinyProblem.Rows(3)];
        foreach (TinyRow row in rows)
            row.Flair = row.T1 = row.T2 = row.T1ce = new(row.Flair!.Grid, [.. Enumerable.Repeat(float.NaN, (int)row.Flair.Shape.Count)]);
        Assert.Contains("diverged", Assert.Throws<InvalidOperationException>(() => Training(0, 3, rows: rows).Run()).Message);
        Left("a training that diverged");
        Assert.Throws<DataMisalignedException>(() => Training(0, 1).Run(told: _ => throw new DataMisalignedException()));
        Left("a training whose caller threw");
    }

    [Fact]
    public void A_full_disk_ends_training_before_its_first_step()
    {
        using SmallDisk disk = new("size=1048576");
        int steps = 0;
        TinyTraining training = new() { CaseMemory = 0, CaseCacheFolder = disk.Path };
        string message = Assert.Throws<IOException>(() => training.Run(told: _ => steps++)).Message;
        Assert.Contains(disk.Path, message);
        Assert.Contains("case 2 on disk", message);
        Assert.Equal(0, steps);
        Assert.DoesNotContain(training.Log, line => line.Contains("left out")); // it is not the case that is wrong
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
    }

    [Fact]
    public void Options_of_the_feed_are_checked()
    {
        SmmlTrainerOptions options = new() { Cases = new() { Memory = -1, CacheFolder = " ", Workers = 65 } };
        string message = Assert.Throws<ArgumentException>(() => new MLContext().Segmentation.Trainers.Smml(options)).Message;
        Assert.All(["Cases.Memory", "Cases.CacheFolder", "Cases.Workers", "3 options"], name => Assert.Contains(name, message));
    }

    public void Dispose() => _folder.Dispose();

    private TinyTraining Training(long memory, int workers, bool cues = false, IReadOnlyList<TinyRow>? rows = null) => new()
    {
        CaseMemory = memory,
        CaseCacheFolder = _folder.Path,
        Workers = workers,
        Cues = cues,
        Rows = rows ?? [.. TinyProblem.Rows(3, cues: cues)],
    };

    private void Left(string after)
    {
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
        if (OperatingSystem.IsLinux())
            Assert.False(
                File.ReadLines("/proc/self/maps").Any(line => line.Contains(_folder.Path)), $"a case is still mapped after {after}");
    }
}
