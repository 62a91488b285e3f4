using System.Globalization;

namespace Smml.MLNet.Service;

/// <summary>The folders in which uploads lie while they are read.</summary>
internal sealed class ScratchSpace
{
    private const string Prefix = "smml-service-";

    private readonly string _root;

    /// <summary>Takes the folder of the settings, and clears away what a killed service of the same user left there.</summary>
    public ScratchSpace(ServiceOptions options, ILogger<ScratchSpace> log)
    {
        _root = options.Scratch;
        foreach (string old in Directory.EnumerateDirectories(_root, Prefix + "*"))
        {
            // Two services may share the folder: the name says whose it is.
            if (!int.TryParse(Path.GetFileName(old).Split('-')[2], CultureInfo.InvariantCulture, out int process) || IsAlive(process))
                continue;
            try
            {
                Directory.Delete(old, recursive: true);
                log.LeftoversDeleted();
            }
            catch (UnauthorizedAccessException)
            {
                // It belongs to another user, whose service clears it away.
            }
        }
    }

    /// <summary>Whether a file could not be written because its file system is full.</summary>
    public static bool IsFull(IOException exception) =>
        (exception.HResult & 0xFFFF) is 28 or 112; // ENOSPC of Unix, ERROR_DISK_FULL of Windows

    /// <summary>A folder that only this user may read; it is deleted with all it holds when the result is disposed.</summary>
    public Folder Create()
    {
        string path = Path.Combine(_root, $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():N}");
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new(path);
    }

    private static bool IsAlive(int process)
    {
        try
        {
            using System.Diagnostics.Process found = System.Diagnostics.Process.GetProcessById(process);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>One upload.</summary>
    /// <param name="path">Its folder.</param>
    internal sealed class Folder(string path) : IDisposable
    {
        public string this[string name] => System.IO.Path.Combine(path, name);

        /// <summary>A text without the folder, so that an answer names the upload's files only.</summary>
        public string Hide(string text) => text.Replace(path + System.IO.Path.DirectorySeparatorChar, "", StringComparison.Ordinal);

        public void Dispose() => Directory.Delete(path, recursive: true);
    }
}
