namespace Smml.MLNet.Tests.CommandLine;

/// <summary>Trainings on the command line under <c>mpirun</c>.</summary>
public sealed class MpiTests(TrainedModel trained) : IClassFixture<TrainedModel>
{
    private static readonly string s_smml = Path.Combine(AppContext.BaseDirectory, "smml.dll");

    [Fact]
    public void Two_processes_write_the_model_of_one_and_speak_once()
    {
        MpiLauncher.Require();
        string one = Path.Combine(trained.Folder, "mpi-one.zip"), two = Path.Combine(trained.Folder, "mpi-two.zip"),
            log = Path.Combine(trained.Folder, "mpi-log"), state = Path.Combine(trained.Folder, "mpi-state");
        MpiLauncher.RunAlone(s_smml, trained.TrainArguments(one)).Succeeds();
        MpiLauncher.Result result = MpiLauncher
            .Run(2, s_smml, [.. trained.TrainArguments(two), "--mpi", "--log", log, "--checkpoints", state])
            .Succeeds();
        Assert.Equal(1, result.Count("device cpu, 2 processes"));
        Assert.Equal(1, result.Count("trained on 2 cases, weights"));
        Assert.Equal(Hash(one), Hash(two));
        Assert.Single(Directory.GetFiles(log, "events.out.tfevents.*"));
        Assert.Equal(
            ["best.smmlckpt", "final.smmlckpt", "training.lock"],
            Directory.EnumerateFiles(state).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Several_processes_that_do_not_know_what_for_are_refused_with_one_message()
    {
        MpiLauncher.Require();
        MpiLauncher.Result result = MpiLauncher.Run(2, s_smml, trained.TrainArguments(Path.Combine(trained.Folder, "mpi-none.zip")));
        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal(1, result.Count("Several processes were started together"));
        Assert.Contains("With --mpi they train one model.", result.Error);
        Assert.False(File.Exists(Path.Combine(trained.Folder, "mpi-none.zip")));
    }

    private static string Hash(string zip) => SmmlProcess.Done("info", zip, "--json").Json.GetProperty("weightsSha256").GetString()!;
}
