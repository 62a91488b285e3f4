using System.Diagnostics;
using Smml.MLNet.Tests.Packages;

namespace Smml.MLNet.Tests.Notebooks;

/// <summary>Runs documents in the kernel of .NET Interactive, in a process of its own and a folder of its own.</summary>
internal static class KernelProcess
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(240);

    // Its own output: beside the tests lie libtorch and the library, which it must find in packages.
    private static readonly string s_program = Path.Combine(
        PackedLibraries.Repository,
        "artifacts",
        "bin",
        "NotebookKernel",
        PackedLibraries.Configuration.ToLowerInvariant(),
        "NotebookKernel.dll");

    /// <summary>Runs documents that must work, with the training shortened.</summary>
    /// <param name="folder">Where they run.</param>
    /// <param name="libraries">A folder whose libraries the system's loader finds first.</param>
    /// <param name="arguments">What follows <c>run</c>.</param>
    /// <returns>The titles of the cells that ran.</returns>
    public static string[] Done(string folder, string libraries, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new("dotnet", [s_program, "run", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder,
        };
        DotnetCommand.Clean(start);
        start.Environment["SMML_EXAMPLES_QUICK"] = "1";
        start.Environment["LD_LIBRARY_PATH"] = libraries;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail(
                $"{string.Join(' ', start.ArgumentList.Skip(1))} did not end within {s_limit}. Its output: "
                + $"{output.GetAwaiter().GetResult()}");
        }

        Assert.True(process.ExitCode == 0, error.GetAwaiter().GetResult() + output.GetAwaiter().GetResult());
        return output.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
