using System.Diagnostics;
using System.Text.Json;

namespace Smml.MLNet.Tests.CommandLine;

/// <summary>Runs the command line as a user does: in a process of its own.</summary>
internal static class SmmlProcess
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    public static Result Run(params IEnumerable<string> arguments)
    {
        using Running running = Start(arguments);
        return running.End();
    }

    /// <summary>Begins a command, which the test ends.</summary>
    public static Running Start(params IEnumerable<string> arguments)
    {
        // A shell starts background jobs with SIGINT ignored, and their children inherit that: a test that sends it would wait for ever.
        return Begin(OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", "dotnet"] : ["dotnet"], arguments);
    }

    /// <summary>Runs a command that may take so many bytes of addresses (Linux).</summary>
    public static Result RunWithin(long bytes, params IEnumerable<string> arguments)
    {
        // The runtime reserves addresses by the size of the machine's memory: its heap gets a limit of its own.
        using Running running = Begin(
            [
                "env",
                "DOTNET_GCHeapHardLimit=0x40000000",
                "OMP_NUM_THREADS=1",
                "prlimit",
                FormattableString.Invariant($"--as={bytes}"),
                "dotnet",
            ],
            arguments);
        return running.End();
    }

    private static Running Begin(string[] command, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(command[0], [.. command[1..], Path.Combine(AppContext.BaseDirectory, "smml.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["COLUMNS"] = "60";
        return new(Process.Start(start)!);
    }

    /// <summary>Runs a command that must succeed.</summary>
    public static Result Done(params IEnumerable<string> arguments)
    {
        Result result = Run(arguments);
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}: {result.Error}{result.Output}");
        return result;
    }

    /// <summary>A command that runs.</summary>
    internal sealed class Running(Process process) : IDisposable
    {
        private readonly Task<string> _output = process.StandardOutput.ReadToEndAsync();
        private readonly Task<string> _error = process.StandardError.ReadToEndAsync();

        public bool HasExited => process.HasExited;

        /// <summary>Ends the process as <c>kill -9</c> does.</summary>
        public void Kill() => process.Kill();

        /// <summary>Sends a signal, for example TERM.</summary>
        public void Signal(string name)
        {
            using Process kill = Process.Start("kill", [$"-{name}", FormattableString.Invariant($"{process.Id}")]);
            kill.WaitForExit();
        }

        public Result End()
        {
            if (!process.WaitForExit(s_limit))
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail(
                    "smml "
                    + $"{string.Join(
                        ' ',
                        process.StartInfo.ArgumentList.SkipWhile(part => !part.EndsWith("smml.dll", StringComparison.Ordinal)).Skip(1))}"
                    + $" did not end within {s_limit}.");
            }

            return new(process.ExitCode, _output.GetAwaiter().GetResult(), _error.GetAwaiter().GetResult());
        }

        public void Dispose()
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            process.Dispose();
        }
    }

    internal sealed record Result(int ExitCode, string Output, string Error)
    {
        public JsonElement Json => JsonDocument.Parse(Output).RootElement;

        /// <summary>Checks an error: its exit code, a message on the standard error without a stack trace,
        /// and nothing on the standard output.</summary>
        public void Fails(int exitCode, params string[] mentions)
        {
            Assert.True(ExitCode == exitCode, $"exit code {ExitCode}, expected {exitCode}: {Error}{Output}");
            Assert.All(mentions, mention => Assert.Contains(mention, Error));
            Assert.DoesNotContain("   at ", Error);
            if (exitCode != 4)
                Assert.Empty(Output);
        }
    }
}
