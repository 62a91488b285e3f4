using System.Diagnostics;

namespace Smml.MLNet.Tests;

/// <summary>Debian's Python, with which files are tried where its packages are installed.</summary>
internal static class SystemPython
{
    private const string Program = "/usr/bin/python3";

    /// <summary>Skips the test where a module is missing.</summary>
    public static void Require(string module)
    {
        if (!File.Exists(Program) || !Has(module))
            Assert.Skip($"{Program} has no {module}; install the package python3-{module}");
    }

    /// <summary>What a program prints.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message is what it wrote to its error output.</exception>
    public static string Run(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException(errors.GetAwaiter().GetResult());
    }

    private static bool Has(string module)
    {
        try
        {
            return Run("-c", $"import {module}; print(1)") == "1";
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
