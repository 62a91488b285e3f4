using System.ComponentModel;
using System.Diagnostics;

namespace Smml.MLNet.Tests;

/// <summary>A small disk in memory; the test is skipped where none can be mounted.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Mounts one.</summary>
    /// <param name="options">Of tmpfs, for example <c>size=65536</c> or <c>ro</c>.</param>
    public SmallDisk(string options)
    {
        Directory.CreateDirectory(Path);
        if (OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", Path) == 0)
            return;
        _folder.Dispose();
        Assert.Skip("a small disk cannot be mounted here");
    }

    public string Path => _folder["disk"];

    public void Dispose()
    {
        Run("umount", Path);
        _folder.Dispose();
    }

    private static int Run(string command, params string[] arguments)
    {
        try
        {
            using Process process =
                Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (Win32Exception)
        {
            return -1;
        }
    }
}
