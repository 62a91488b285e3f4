using System.Diagnostics;

namespace Smml.MLNet.Tests.Notebooks;

/// <summary>Runs a document in a process of its own, in a folder of its own: native libraries and what scripts load stay there.</summary>
internal static class KernelProcess
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(180);

    /// <summary>The folder of the repository that the tests were built in.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Runs a document with the training shortened.</summary>
    public static (int ExitCode, string Output, string Error) Run(string folder, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "NotebookKernel.dll"), "run", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder,
        };
        start.Environment["SMML_EXAMPLES_QUICK"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail(
                $"{string.Join(' ', start.ArgumentList.Skip(1))} did not end within {s_limit}. Its output: "
                + $"{output.GetAwaiter().GetResult()}");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>Runs a document that must work.</summary>
    /// <returns>What it wrote to the standard output.</returns>
    public static string Done(string folder, params IEnumerable<string> arguments)
    {
        (int exitCode, string output, string error) = Run(folder, arguments);
        Assert.True(exitCode == 0, error + output);
        return output;
    }

    private static string FindRepository()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Smml.MLNet.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException(
                $"{AppContext.BaseDirectory}: found no Smml.MLNet.sln above it, expected the repository. "
                + "Run the tests where they were built.");
        return folder;
    }
}
