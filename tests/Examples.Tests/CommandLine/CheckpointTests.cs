using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Smml.MLNet.Tests.CommandLine;

/// <summary>Trainings that are killed and stopped from outside.</summary>
public sealed class CheckpointTests(TrainedModel trained, ITestOutputHelper output) : IClassFixture<TrainedModel>
{
    // SMML_KILLS=100 is the long run.
    private static readonly int s_kills = int.TryParse(
        Environment.GetEnvironmentVariable("SMML_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out int kills)
        ? kills
        : 8;

    [Fact]
    public void Killed_at_any_moment_no_file_is_torn_and_the_weights_are_those_of_an_uninterrupted_training()
    {
        string whole = Path.Combine(trained.Folder, "whole.zip");
        SmmlProcess.Done(Arguments(whole));
        string expected = Sha256(whole);
        Random random = new(1);
        int done = 0, torn = 0, writing = 0, seen = 0, trainings = 0;
        while (done < s_kills || trainings == 0)
        {
            string folder = Path.Combine(trained.Folder, FormattableString.Invariant($"killed-{trainings}")), zip = folder + ".zip";
            string[] arguments = Arguments(zip, "--checkpoints", folder, "--checkpoint-steps", "1", "--resume");
            bool ended = false;
            while (!ended && done < s_kills)
            {
                ended = Kill(arguments, folder, random, whileWriting: done % 2 == 1);
                done += ended ? 0 : 1;
                writing += Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.partial").Any() ? 1 : 0;
                string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.smmlckpt") : [];
                seen += files.Length;
                torn += files.Count(file => !IsWhole(file));
            }

            SmmlProcess.Done(arguments);
            trainings++;
            Assert.Equal(expected, Sha256(zip));
            Assert.Equal(
                ["best.smmlckpt", "final.smmlckpt", "training.lock"],
                Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
            Directory.Delete(folder, recursive: true);
        }

        output.WriteLine(
            $"{done} kills in {trainings} trainings, {writing} of them while a file was written; {seen} checkpoints looked at, "
            + $"{torn} torn; every training ended with the weights {expected}.");
        Assert.Equal(0, torn);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public void A_signal_ends_training_with_a_checkpoint_and_a_usable_model(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no such signals");
        string folder = Path.Combine(trained.Folder, "signal-" + signal), zip = folder + ".zip", scored = folder + "-scored";
        string[] arguments =
        [
            "train", trained.Cases, "--out", zip, "--epochs", "500", "--steps", "2", "--batch", "1", "--seed", "3", "--checkpoints",
            folder,
        ];
        using (SmmlProcess.Running training = SmmlProcess.Start(arguments))
        {
            WaitFor(() => File.Exists(Path.Combine(folder, "latest.smmlckpt")), training);
            training.Signal(signal);
            SmmlProcess.Result result = training.End();
            Assert.Equal(3, result.ExitCode);
            Assert.Contains("Cancelled after", result.Error);
            Assert.Contains("the same command with --resume goes on", result.Error);
            Assert.Contains(zip, result.Output);
        }

        Assert.True(IsWhole(Path.Combine(folder, "latest.smmlckpt")));
        Assert.Equal(
            "Cancelled",
            SmmlProcess.Done("info", zip, "--json").Json.GetProperty("training").GetProperty("stopReason").GetString(),
            ignoreCase: true);
        SmmlProcess.Done("score", zip, trained.Cases, "--out", scored, "--cases", "Phantom_0001");
        SmmlProcess.Run(arguments).Fails(5, Path.Combine(folder, "latest.smmlckpt"), "--resume");

        // The second signal does not wait for the step.
        using SmmlProcess.Running again = SmmlProcess.Start([.. arguments, "--resume"]);
        DateTime before = File.GetLastWriteTimeUtc(Path.Combine(folder, "latest.smmlckpt"));
        WaitFor(() => File.GetLastWriteTimeUtc(Path.Combine(folder, "latest.smmlckpt")) != before, again);
        again.Signal(signal);
        again.Signal(signal);
        Assert.Contains(again.End().ExitCode, new[] { 128 + 2, 128 + 15, 3 }); // 3 where the step ended first
        Assert.All(Directory.GetFiles(folder, "*.smmlckpt"), file => Assert.True(IsWhole(file)));
    }

    // False where the process was killed, true where it ended before.
    private static bool Kill(string[] arguments, string folder, Random random, bool whileWriting)
    {
        using SmmlProcess.Running training = SmmlProcess.Start(arguments);
        Stopwatch clock = Stopwatch.StartNew();
        TimeSpan longest = TimeSpan.FromSeconds(random.NextDouble() * 6);
        while (!training.HasExited && (whileWriting
            ? !(Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.partial").Any())
            : clock.Elapsed < longest))
            Thread.Sleep(1);
        if (whileWriting)
            Thread.Sleep(random.Next(60));
        if (training.HasExited)
        {
            Assert.Equal(0, training.End().ExitCode);
            return true;
        }

        training.Kill();
        training.End();
        return false;
    }

    private static void WaitFor(Func<bool> condition, SmmlProcess.Running process)
    {
        for (Stopwatch clock = Stopwatch.StartNew(); !condition() && !process.HasExited && clock.Elapsed < TimeSpan.FromSeconds(90);)
            Thread.Sleep(10);
        Assert.True(condition());
    }

    // The last 32 bytes are the SHA-256 of the others.
    private static bool IsWhole(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        return bytes.Length > 32 && SHA256.HashData(bytes.AsSpan(..^32)).AsSpan().SequenceEqual(bytes.AsSpan(^32..));
    }

    private string[] Arguments(string zip, params string[] more) =>
    [
        "train", trained.Cases, "--out", zip, "--epochs", "4", "--steps", "3", "--batch", "1", "--seed", "3", .. more,
    ];

    private static string Sha256(string zip) => SmmlProcess.Done("info", zip, "--json").Json.GetProperty("weightsSha256").GetString()!;
}
