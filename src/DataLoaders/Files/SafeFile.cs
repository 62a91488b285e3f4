namespace Smml.MLNet.Files;

/// <summary>Replaces files as a whole: a reader finds the old content or the new, never a part of it.</summary>
internal static class SafeFile
{
    private const int BufferSize = 1 << 16;

    /// <summary>Writes a file under a name of its own, flushes it to disk and renames it over the target.</summary>
    /// <param name="path">The file to create or to replace; its folder must exist.</param>
    /// <param name="write">Writes the file whose path it receives.</param>
    /// <remarks>Several processes may replace one file: each writes to its own partial file, and the last rename wins. If the writer fails,
    /// the target keeps its content and the partial file is deleted.</remarks>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Replace(string path, Action<string> write)
    {
        string full = Path.GetFullPath(path);
        string partial = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            write(partial);
            using (FileStream written = new(partial, FileMode.Open, FileAccess.ReadWrite))
                written.Flush(flushToDisk: true);
            File.Move(partial, full, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <inheritdoc cref="Replace(string, Action{string})"/>
    /// <param name="path">The file to create or to replace; its folder must exist.</param>
    /// <param name="write">Writes the content to the stream that it receives.</param>
    public static void Replace(string path, Action<FileStream> write) => Replace(path, partial =>
    {
        using FileStream file = new(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferSize);
        write(file);
    });
}
