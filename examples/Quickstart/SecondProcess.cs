using System.Diagnostics;
using System.Reflection;

namespace Smml.MLNet.Quickstart;

/// <summary>Runs this program again, as another program would use the saved model.</summary>
internal static class SecondProcess
{
    /// <summary>Waits for the second process.</summary>
    /// <returns>Its exit code.</returns>
    public static int Run(string argument)
    {
        string host = Environment.ProcessPath ?? throw new InvalidOperationException(
            "The path of this program is not known, expected the one that started it. Run it with 'dotnet run'.");
        ProcessStartInfo start = new(host);
        if (Path.GetFileNameWithoutExtension(host) == "dotnet") // started as 'dotnet Quickstart.dll'
            start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
