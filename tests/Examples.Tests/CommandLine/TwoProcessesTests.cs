using System.Text.Json;

namespace Smml.MLNet.Tests.CommandLine;

/// <summary>Two processes that do the same cases into one folder at once. <c>SMML_TWO_PROCESSES</c> is a number of rounds, for a longer
/// measurement than that of every test run.</summary>
public sealed class TwoProcessesTests(TrainedModel trained) : IClassFixture<TrainedModel>
{
    private const int Rounds = 3;

    [Fact]
    public void Both_succeed_and_leave_the_files_of_one_process() => Score(Rounds);

    [Fact]
    public void Both_succeed_in_as_many_rounds_as_asked_for()
    {
        string? rounds = Environment.GetEnvironmentVariable("SMML_TWO_PROCESSES");
        Assert.SkipUnless(rounds is { Length: > 0 }, "a measurement, on request");
        Score(int.Parse(rounds!, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void What_a_killed_process_left_is_gone_after_the_next_run()
    {
        string folder = Path.Combine(trained.Folder, "killed");
        Directory.CreateDirectory(Path.Combine(folder, "cases"));
        string id = new('0', 32);
        string[] left =
        [
            Path.Combine(folder, $"Phantom_0001_seg.nii.gz.{id}.tmp"), Path.Combine(folder, "cases", $"Phantom_0001.json.{id}.tmp"),
        ];
        foreach (string path in left)
            File.WriteAllText(path, "a part");

        SmmlProcess.Done("score", trained.Zip, trained.Cases, "--out", folder);

        Assert.DoesNotContain(left, File.Exists);
    }

    private static string[] Names(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Order()];

    private void Score(int rounds)
    {
        string one = Path.Combine(trained.Folder, "one-" + Guid.NewGuid().ToString("N"));
        string[] Arguments(string folder) => ["score", trained.Zip, trained.Cases, "--out", folder, "--uncertainty"];
        SmmlProcess.Done(Arguments(one));
        string[] names = Names(one);
        List<string> failures = [];
        for (int round = 1; round <= rounds; round++)
        {
            string both = Path.Combine(trained.Folder, "both-" + Guid.NewGuid().ToString("N"));
            using SmmlProcess.Running first = SmmlProcess.Start(Arguments(both)), second = SmmlProcess.Start(Arguments(both));
            failures.AddRange(new[] { first.End(), second.End() }
                .Where(result => result.ExitCode != 0)
                .Select(result => $"round {round}: exit code {result.ExitCode}: {result.Error}"));
            if (failures.Count > 0)
                continue;
            Assert.Equal(names, Names(both));
            foreach (string name in names.Where(name => name != "scoring-times.csv"))
                Assert.Equal(File.ReadAllBytes(Path.Combine(one, name)), File.ReadAllBytes(Path.Combine(both, name)));
            foreach (string record in Directory.EnumerateFiles(Path.Combine(both, "cases")))
                JsonDocument.Parse(File.ReadAllBytes(record)).Dispose();
            if (round == rounds)
                Assert.Contains("2 of them before", SmmlProcess.Done(Arguments(both)).Output, StringComparison.Ordinal);
            Directory.Delete(both, recursive: true);
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {2 * rounds} processes failed: {string.Join('\n', failures)}");
    }
}
