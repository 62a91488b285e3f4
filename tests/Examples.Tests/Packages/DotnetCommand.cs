using System.Diagnostics;

namespace Smml.MLNet.Tests.Packages;

/// <summary>Runs <c>dotnet</c> as a user does, and leaves no build server behind.</summary>
internal static class DotnetCommand
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(180);

    /// <summary>Runs a command that must succeed.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <param name="arguments">What follows <c>dotnet</c>.</param>
    /// <returns>What it wrote to the standard output.</returns>
    public static string Done(string folder, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };

        Clean(start);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        string command = $"dotnet {string.Join(' ', start.ArgumentList)} (in {folder})";
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{command} did not end within {s_limit}.");
        }

        Assert.True(
            process.ExitCode == 0,
            $"{command}: exit code {process.ExitCode}\n{error.GetAwaiter().GetResult()}{output.GetAwaiter().GetResult()}");
        return output.GetAwaiter().GetResult();
    }

    /// <summary>Prepares the environment of a program that runs <c>dotnet</c> itself.</summary>
    public static void Clean(ProcessStartInfo start)
    {
        // A test run that MSBuild started tells its children where its own SDK is; these are to find theirs.
        foreach (string name in start.Environment.Keys
            .Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase))
            .ToArray())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["NO_COLOR"] = "1";
    }
}
