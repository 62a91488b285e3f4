using Smml.MLNet.Training;

namespace Smml.MLNet.Tests.Training.Checkpoints;

/// <summary>What cannot be resumed or written is told with its remedy, and the checkpoint that is there stays as it is.</summary>
public sealed class RefusalTests(RefusalTests.Begun begun) : IClassFixture<RefusalTests.Begun>
{
    [Fact]
    public void A_folder_with_a_checkpoint_is_never_overwritten()
    {
        using TemporaryFolder folder = begun.Copy();
        Untouched(folder, () =>
        {
            string message = Assert.Throws<InvalidOperationException>(() => new TinyTraining().Run(new() { Folder = folder.Path })).Message;
            Assert.Contains(folder["latest.smmlckpt"], message);
            Assert.Contains("'smml train --resume'", message);
            Assert.Contains("another folder", message);
        });
    }

    [Fact]
    public void Other_options_are_named()
    {
        using TemporaryFolder folder = begun.Copy();
        string[] mentions =
        [
            "epochs: found 3, expected 5", "learningRate: found 0.002, expected 0.001", "losses.auxiliaryWeight: found 0, expected 1",
            "seed: found 7, expected 8", "untouched",
        ];
        Refuses<InvalidOperationException>(
            folder, new() { Length = 5, LearningRate = 1e-3, Losses = new() { SeparateWeight = 0 }, Seed = 8 }, mentions);
        Refuses<InvalidOperationException>(
            folder,
            new() { Architecture = TinyTraining.Without(TinyProblem.Architecture, branches: 1) },
            "architecture.branchCount: found 2, expected 1");
        Refuses<InvalidOperationException>(
            folder,
            new()
            {
                Cues = true,
                Losses = new() { SeparateWeight = 0, AuxiliaryWeight = 0, RefinementWeight = 2 },
                Rows = [.. TinyProblem.Rows(3, cues: true)],
            },
            "refinement: found false, expected true");
    }

    [Fact]
    public void Other_data_are_named()
    {
        using TemporaryFolder folder = begun.Copy();
        Refuses<InvalidOperationException>(
            folder, new() { Rows = [.. TinyProblem.Rows(2)] }, "cases: found 3, expected 2; not among the data: case2");
        Refuses<InvalidOperationException>(
            folder, new() { Rows = [.. TinyProblem.Rows(4)] }, "cases: found 3, expected 4; not in the checkpoint: case3");
        Refuses<InvalidOperationException>(folder, new() { Rows = [.. TinyProblem.Rows(3).Reverse()] }, "the same in another order");
        TinyRow changed = TinyProblem.Row(5);
        changed.CaseId = "case1";
        Refuses<InvalidOperationException>(
            folder, new() { Rows = [TinyProblem.Row(0), changed, TinyProblem.Row(2)] }, "other voxels, labels or cues in case1");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(40)]
    [InlineData(-1)]
    public void A_flipped_bit_anywhere_is_noticed(int position)
    {
        using TemporaryFolder folder = begun.Copy();
        File.Delete(folder["previous.smmlckpt"]);
        File.Delete(folder["best.smmlckpt"]);
        byte[] bytes = File.ReadAllBytes(folder["latest.smmlckpt"]);
        bytes[position < 0 ? bytes.Length / 2 : position] ^= 0x10;
        File.WriteAllBytes(folder["latest.smmlckpt"], bytes);
        Refuses<InvalidDataException>(folder, new(), folder["latest.smmlckpt"], "damaged", "SHA-256", "another folder");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(5000)]
    public void A_truncated_file_is_noticed(int length)
    {
        using TemporaryFolder folder = begun.Copy();
        File.Delete(folder["previous.smmlckpt"]);
        File.Delete(folder["best.smmlckpt"]);
        File.WriteAllBytes(folder["latest.smmlckpt"], File.ReadAllBytes(folder["latest.smmlckpt"])[..length]);
        Refuses<InvalidDataException>(folder, new(), folder["latest.smmlckpt"], "damaged");
    }

    [Fact]
    public void Where_the_latest_is_damaged_the_one_before_is_taken_with_a_warning_and_the_weights_come_out_the_same()
    {
        using TemporaryFolder folder = begun.Copy();
        byte[] previous = File.ReadAllBytes(folder["previous.smmlckpt"]);
        File.WriteAllBytes(folder["latest.smmlckpt"], File.ReadAllBytes(folder["latest.smmlckpt"])[..5000]);
        TinyTraining training = new();
        training.Run(new() { Folder = folder.Path, Resume = true }, stopAfter: 1).Dispose();
        Assert.Contains(
            training.Log,
            line => line.StartsWith("Warning|SmmlTrainer; Checkpoints|", StringComparison.Ordinal)
                && line.Contains("damaged")
                && line.Contains("goes on from the older previous.smmlckpt"));
        Assert.Equal(previous, File.ReadAllBytes(folder["previous.smmlckpt"])); // not replaced by the damaged one
        Assert.Equal(begun.Weights, training.Weights(new() { Folder = folder.Path, Resume = true }));
    }

    [Fact]
    public void A_checkpoint_of_a_newer_version_is_named()
    {
        using TemporaryFolder folder = begun.Copy();
        using (CheckpointFile file = CheckpointFile.Open(folder["latest.smmlckpt"]))
        {
            byte[] header = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(file.Header.Write())
                .Replace($"\"format\":{CheckpointHeader.CurrentFormat},", "\"format\":9,\"more\":1,"));
            using FileStream stream = File.Create(folder["newer.smmlckpt"]);
            CheckpointFile.Write(stream, header, []);
        }

        File.Move(folder["newer.smmlckpt"], folder["latest.smmlckpt"], overwrite: true);
        Refuses<NotSupportedException>(folder, new(), folder["latest.smmlckpt"], "format 9", "update the package");
    }

    [Fact]
    public void What_killed_runs_left_half_written_is_removed()
    {
        using TemporaryFolder folder = begun.Copy();
        folder.Write("latest.smmlckpt.99999-0123.partial", [1, 2, 3]);
        folder.Write("notes.partial", [1]);
        new TinyTraining().Run(new() { Folder = folder.Path, Resume = true }, stopAfter: 1).Dispose();
        Assert.False(File.Exists(folder["latest.smmlckpt.99999-0123.partial"]));
        Assert.True(File.Exists(folder["notes.partial"]));
    }

    [Fact]
    public void Two_trainings_cannot_share_a_folder()
    {
        using TemporaryFolder folder = new();
        string? message = null;
        new TinyTraining { Length = 1 }
            .Run(
                new() { Folder = folder.Path },
                told: _ => message ??= Assert.Throws<IOException>(() => new TinyTraining().Run(new() { Folder = folder.Path })).Message)
            .Dispose();
        Assert.Contains("no other training uses", message);
        Assert.True(File.Exists(folder["final.smmlckpt"]));
    }

    [Fact]
    public void A_full_disk_ends_training_and_the_checkpoint_before_is_whole()
    {
        using SmallDisk disk = new(FormattableString.Invariant(
            $"size={new FileInfo(begun.Copied["latest.smmlckpt"]).Length * 5 / 2 / 4096 * 4096}"));
        CheckpointOptions options = new() { Folder = disk.Path, EverySteps = 1 };
        string message = Assert.Throws<IOException>(() => new TinyTraining().Run(options)).Message;
        Assert.Contains(disk.Path, message);
        Assert.Contains("bytes are needed", message);
        Assert.Contains("then resume", message);
        Assert.Equal(
            ["latest.smmlckpt", "previous.smmlckpt", "training.lock"],
            Directory.EnumerateFiles(disk.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));

        // On a larger disk it goes on.
        using TemporaryFolder larger = new();
        File.Copy(Path.Combine(disk.Path, "latest.smmlckpt"), larger["latest.smmlckpt"]);
        Assert.Equal(begun.Weights, new TinyTraining().Weights(new() { Folder = larger.Path, Resume = true }));
    }

    [Fact]
    public void A_read_only_folder_ends_training_before_it_begins()
    {
        using SmallDisk disk = new("ro");
        TinyTraining training = new();
        string message = Assert.Throws<IOException>(() => training.Run(new() { Folder = disk.Path })).Message;
        Assert.Contains(disk.Path, message);
        Assert.Contains("may write to", message);
        Assert.DoesNotContain(training.Log, line => line.Contains("kept in memory"));
    }

    private static void Refuses<T>(TemporaryFolder folder, TinyTraining training, params string[] mentions)
        where T : Exception => Untouched(folder, () =>
        {
            string message = Assert.Throws<T>(() => training.Run(new() { Folder = folder.Path, Resume = true })).Message;
            Assert.All(mentions, mention => Assert.Contains(mention, message));
        });

    private static void Untouched(TemporaryFolder folder, Action action)
    {
        byte[] before = File.ReadAllBytes(folder["latest.smmlckpt"]);
        action();
        Assert.Equal(before, File.ReadAllBytes(folder["latest.smmlckpt"]));
    }

    /// <summary>A training that was stopped in its second epoch; made once.</summary>
    public sealed class Begun : IDisposable
    {
        public Begun()
        {
            new TinyTraining().Run(new() { Folder = Copied.Path }, stopAfter: 4).Dispose();
            Weights = new TinyTraining().Weights();
        }

        internal TemporaryFolder Copied { get; } = new();

        /// <summary>Those of a training that was never stopped.</summary>
        public string Weights { get; }

        internal TemporaryFolder Copy()
        {
            TemporaryFolder copy = new();
            foreach (string path in Directory.EnumerateFiles(Copied.Path))
                File.Copy(path, copy[Path.GetFileName(path)]);
            return copy;
        }

        public void Dispose() => Copied.Dispose();
    }
}
