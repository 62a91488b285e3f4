using System.Buffers;

namespace Smml.MLNet.Files;

/// <summary>A file on its way to replace another: <c>name.&lt;32 hexadecimal digits&gt;.tmp</c> beside it.</summary>
/// <remarks>Its writer holds a shared lock on it from before the first byte until it has the name of the target, and the system gives the
/// lock back however the process ends. So a partial file that can be locked exclusively is abandoned. The shared lock does not
/// hinder those who read the target after the rename.</remarks>
internal sealed class PartialFile : IDisposable
{
    private const string Extension = ".tmp";
    private const int IdLength = 32;
    private const int Attempts = 20;
    private const FileShare Everything = FileShare.ReadWrite | FileShare.Delete;

    private static readonly SearchValues<char> s_hexadecimal = SearchValues.Create("0123456789abcdef");

    private readonly string _target;
    private readonly FileStream _lock;
    private bool _isPublished;

    private PartialFile(string target, string path, FileStream held)
    {
        _target = target;
        Path = path;
        _lock = held;
    }

    /// <summary>Where the content is to be written.</summary>
    public string Path { get; }

    /// <summary>Makes an empty partial file and locks it.</summary>
    /// <param name="target">The file to replace; its folder must exist.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static PartialFile Create(string target)
    {
        string full = System.IO.Path.GetFullPath(target);
        for (int attempt = 1; ; attempt++)
        {
            string path = $"{full}.{Guid.NewGuid():N}{Extension}";
            try
            {
                FileStream held;
                using (new FileStream(path, FileMode.CreateNew, FileAccess.Write, Everything))
                    held = new(path, FileMode.Open, FileAccess.Read, Everything);
                if (File.Exists(path))
                    return new(full, path, held);
                held.Dispose();
            }
            catch (IOException) when (attempt < Attempts && Directory.Exists(System.IO.Path.GetDirectoryName(full)))
            {
                // Another process that removes abandoned files met this one between its creation and its lock; a full disk fails again.
                File.Delete(path);
            }
        }
    }

    /// <summary>Deletes the partial files of a target that no process writes.</summary>
    /// <param name="target">The file to replace.</param>
    public static void RemoveAbandoned(string target)
    {
        string full = System.IO.Path.GetFullPath(target);
        string folder = System.IO.Path.GetDirectoryName(full)!, prefix = System.IO.Path.GetFileName(full) + ".";
        if (!Directory.Exists(folder))
            return;
        foreach (string path in Directory.EnumerateFiles(folder, "*" + Extension).Where(IsOurs).ToArray())
            RemoveIfAbandoned(path);

        bool IsOurs(string path)
        {
            string name = System.IO.Path.GetFileName(path);
            return name.Length == prefix.Length + IdLength + Extension.Length
                && name.StartsWith(prefix, StringComparison.Ordinal)
                && name.EndsWith(Extension, StringComparison.Ordinal)
                && name.AsSpan(prefix.Length, IdLength).IndexOfAnyExcept(s_hexadecimal) < 0;
        }
    }

    /// <summary>Gives the content, which must be on disk, the name of the target.</summary>
    /// <exception cref="IOException">The target cannot be replaced.</exception>
    public void Publish()
    {
        File.Move(Path, _target, overwrite: true);
        _isPublished = true;
    }

    /// <summary>Gives the lock back; a file that was not published is deleted.</summary>
    public void Dispose()
    {
        if (!_isPublished)
            File.Delete(Path);
        _lock.Dispose();
    }

    private static void RemoveIfAbandoned(string path)
    {
        try
        {
            using FileStream own = Lock(path);
            // Some network file systems know no locks and grant each: then it is not known who lives, and the file stays.
            if (KnowsLocks(path))
                File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A process writes it, has renamed it by now, or it is another user's: in each case it is not ours to delete.
        }
    }

    private static bool KnowsLocks(string path)
    {
        try
        {
            Lock(path).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static FileStream Lock(string path) => new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
}
