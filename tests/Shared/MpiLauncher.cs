using System.Diagnostics;
using System.Globalization;

namespace Smml.MLNet.Tests;

/// <summary>Starts programs with <c>mpirun</c>, or with the launcher that SMML_MPIRUN names; without one tests are skipped.</summary>
internal static class MpiLauncher
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    /// <summary>Runs a program of .NET in several processes, each with one thread for its arithmetic.</summary>
    public static Result Run(int ranks, string program, params IEnumerable<string> arguments)
    {
        using Process process = Start(ranks, program, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        Stopwatch clock = Stopwatch.StartNew();
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} did not end within {s_limit}: {error.GetAwaiter().GetResult()}");
        }

        return new(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult(), clock.Elapsed);
    }

    /// <summary>Starts the same and does not wait.</summary>
    public static Process Start(int ranks, string program, params IEnumerable<string> arguments)
    {
        string launcher = Find() ?? throw SkipException();
        ProcessStartInfo start = new(
            launcher, ["-np", ranks.ToString(CultureInfo.InvariantCulture), "dotnet", program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        Prepare(start);
        return Process.Start(start)!;
    }

    /// <summary>Runs a program by itself, in the same environment.</summary>
    public static Result RunAlone(string program, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        Prepare(start);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        Stopwatch clock = Stopwatch.StartNew();
        Assert.True(process.WaitForExit(s_limit));
        return new(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult(), clock.Elapsed);
    }

    /// <summary>Skips the test where there is no launcher.</summary>
    public static void Require() => Assert.SkipUnless(
        Find() is not null, "there is no mpirun; install the package openmpi-bin, or name a launcher in SMML_MPIRUN");

    private static Exception SkipException() => new InvalidOperationException("call Require first");

    private static void Prepare(ProcessStartInfo start)
    {
        start.Environment["TERM"] = "dumb"; // a rank has a terminal of its own
        start.Environment["OMP_NUM_THREADS"] = "1"; // another number of threads rounds otherwise
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        start.Environment["OMPI_MCA_rmaps_base_oversubscribe"] = "1";
        start.Environment["OMPI_MCA_hwloc_base_binding_policy"] = "none";
    }

    private static string? Find() => Environment.GetEnvironmentVariable("SMML_MPIRUN") is { Length: > 0 } named
        ? named
        : (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "mpirun"))
            .FirstOrDefault(File.Exists);

    internal sealed record Result(int ExitCode, string Output, string Error, TimeSpan Elapsed)
    {
        /// <summary>How often a text stands in what was written.</summary>
        public int Count(string text) => (Output + Error).Split(text).Length - 1;

        public Result Succeeds()
        {
            Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Error}{Output}");
            return this;
        }
    }
}
