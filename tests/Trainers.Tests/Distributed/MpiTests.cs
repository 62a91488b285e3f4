using Smml.MLNet.Phantom;
using Smml.MLNet.Training;

namespace Smml.MLNet.Tests.Distributed;

/// <summary>Processes that train one model, started by <c>mpirun</c>; three cases with cues, dropout, every loss term.</summary>
public sealed class MpiTests(MpiTests.Problem problem) : IClassFixture<MpiTests.Problem>
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(30); // start of two runtimes on a busy machine included

    [Fact]
    public void Every_exchange_gives_what_is_expected()
    {
        MpiLauncher.Require();
        Assert.Equal(3, MpiLauncher.Run(3, Problem.Program, "exchange").Succeeds().Count("all as expected"));
    }

    [Fact]
    public void Two_processes_end_with_the_bits_of_one()
    {
        MpiLauncher.Require();
        using TemporaryFolder folder = new();
        string[] both = Problem.Lines(MpiLauncher.Run(2, Problem.Program, problem.Arguments($"checkpoints={folder.Path}")));
        Assert.Equal([problem.Expected, problem.Expected], both); // weights and losses, in both ranks
        Assert.EndsWith("of 16 terms Completed", problem.Expected); // with FRC, PBC, refinement and its consistency

        // What scoring does not need too: refinement networks, Adam's state, the random stream.
        using CheckpointFile expected = CheckpointFile.Open(problem.State), found = CheckpointFile.Open(folder[CheckpointFolder.Final]);
        Assert.Equal(expected.Header.Tensors.Select(entry => entry.Name), found.Header.Tensors.Select(entry => entry.Name));
        Assert.Equal(expected.Header.Unmoved, found.Header.Unmoved);
        foreach (CheckpointTensor entry in expected.Header.Tensors)
        {
            byte[] left = new byte[entry.Bytes], right = new byte[entry.Bytes];
            expected.Read(entry.Name, left);
            found.Read(entry.Name, right);
            Assert.True(left.AsSpan().SequenceEqual(right), entry.Name);
        }
    }

    [Fact]
    public void Passes_and_recomputed_encoders_keep_the_bits()
    {
        MpiLauncher.Require();
        string[] how = ["passes=2", "batch=1", "recompute=1", "epochs=1"];
        string alone = Problem.Lines(MpiLauncher.RunAlone(Problem.Program, problem.Arguments([.. how, "alone=1"])))[0];
        Assert.Equal([alone, alone], Problem.Lines(MpiLauncher.Run(2, Problem.Program, problem.Arguments(how))));
    }

    [Fact]
    public void Killed_and_failing_processes_end_all_and_any_number_of_them_goes_on()
    {
        MpiLauncher.Require();
        using TemporaryFolder folder = new();
        string[] kept = [$"checkpoints={folder.Path}", "resume=1"];

        // One of two is killed while it trains.
        MpiLauncher.Result killed = MpiLauncher.Run(2, Problem.Program, problem.Arguments([.. kept, "kill=1"]));
        Assert.NotEqual(0, killed.ExitCode);
        Assert.InRange(killed.Elapsed, TimeSpan.Zero, s_soon);
        Problem.IsWhole(folder);

        // One of two fails after the fourth step.
        MpiLauncher.Result failed = MpiLauncher.Run(2, Problem.Program, problem.Arguments([.. kept, "fail=4"]));
        Assert.NotEqual(0, failed.ExitCode);
        Assert.Equal(1, failed.Count("rank 0: a failure that was asked for"));
        Assert.DoesNotContain("rank 1: ", failed.Error);
        Assert.InRange(failed.Elapsed, TimeSpan.Zero, s_soon);
        Problem.IsWhole(folder);

        // A process alone goes on, fails after the fifth step, and two do the rest.
        MpiLauncher.Result alone = MpiLauncher.RunAlone(Problem.Program, problem.Arguments([.. kept, "alone=1", "fail=5"]));
        Assert.Contains("rank 0: a failure that was asked for", alone.Error);
        Assert.Equal(
            [problem.Expected, problem.Expected], Problem.Lines(MpiLauncher.Run(2, Problem.Program, problem.Arguments(kept))));
    }

    [Fact]
    public void A_process_that_is_told_to_end_ends_all_with_a_checkpoint_and_the_same_model()
    {
        MpiLauncher.Require();
        using TemporaryFolder folder = new();
        string[] lines = Problem.Lines(
            MpiLauncher.Run(2, Problem.Program, problem.Arguments($"checkpoints={folder.Path}", "cancel=1", "epochs=1000")));
        Assert.EndsWith("Cancelled", lines[0]);
        Assert.Equal(lines[0], lines[1]);
        Problem.IsWhole(folder);
    }

    [Fact]
    public void A_full_disk_at_the_first_process_ends_all_with_one_message()
    {
        MpiLauncher.Require();
        using SmallDisk disk = new("size=45m"); // a checkpoint has 19 MB
        MpiLauncher.Result failed = MpiLauncher.Run(2, Problem.Program, problem.Arguments($"checkpoints={disk.Path}"));
        Assert.NotEqual(0, failed.ExitCode);
        Assert.Equal(1, failed.Count("the checkpoint could not be written"));
        Assert.InRange(failed.Elapsed, TimeSpan.Zero, s_soon);
        using CheckpointFile whole = CheckpointFile.Open(Path.Combine(disk.Path, CheckpointFolder.Latest));
        Assert.True(whole.Header.Step > 0);
    }

    [Fact]
    public void Processes_with_other_options_and_too_many_processes_are_refused()
    {
        MpiLauncher.Require();
        MpiLauncher.Result differ = MpiLauncher.Run(2, Problem.Program, problem.Arguments("other=1"));
        Assert.NotEqual(0, differ.ExitCode);
        Assert.Contains("rank 1 differs from rank 0: epochs: found 4, expected 3", differ.Error);
        MpiLauncher.Result many = MpiLauncher.Run(3, Problem.Program, problem.Arguments());
        Assert.NotEqual(0, many.ExitCode);
        Assert.Contains("3 processes were started, expected 2, one for each branch of SMML, or 1", many.Error);
    }

    [Fact]
    public void Without_a_library_the_message_says_what_to_install()
    {
        MpiLauncher.Result failed = MpiLauncher.RunAlone(Problem.Program, problem.Arguments("library=/nowhere/libmpi.so"));
        Assert.Equal(5, failed.ExitCode);
        Assert.Contains("MPI cannot be used here: found none of /nowhere/libmpi.so.", failed.Error);
        Assert.Contains("openmpi-bin", failed.Error);
    }

    /// <summary>Three phantoms, and what one process trains on them.</summary>
    public sealed class Problem : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly Lazy<string> _expected;

        public Problem()
        {
            PhantomDataset.Write(_folder["cases"], 3, 5, new() { Shape = new(32, 32, 32), Spacing = (5.6, 5.6, 5.6) });
            _expected = new(() => Lines(MpiLauncher.RunAlone(Program, Arguments("alone=1", $"checkpoints={_folder["state"]}")))[0]);
        }

        public static string Program { get; } = Path.Combine(
            new DirectoryInfo(AppContext.BaseDirectory).Parent!.Parent!.FullName,
            "MpiProcess",
            new DirectoryInfo(AppContext.BaseDirectory).Name,
            "MpiProcess.dll");

        /// <summary>What a process says that trains alone.</summary>
        public string Expected => _expected.Value;

        /// <summary>Its last checkpoint.</summary>
        public string State => _folder[$"state/{CheckpointFolder.Final}"];

        public string[] Arguments(params string[] options) => [_folder["cases"], .. options];

        /// <summary>What each process says about its model, without its number.</summary>
        internal static string[] Lines(MpiLauncher.Result result) =>
        [
            .. result.Succeeds().Output
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..]),
        ];

        internal static void IsWhole(TemporaryFolder folder)
        {
            string[] files = Directory.GetFiles(folder.Path, "*.smmlckpt");
            Assert.NotEmpty(files);
            foreach (string path in files)
                CheckpointFile.Open(path).Dispose();
        }

        public void Dispose() => _folder.Dispose();
    }
}
