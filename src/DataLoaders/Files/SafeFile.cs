namespace Smml.MLNet.Files;

/// <summary>Replaces files as a whole: a reader finds the old content or the new, never a part of it.</summary>
internal static class SafeFile
{
    private const int BufferSize = 1 << 16;

    /// <summary>Writes a file under a name of its own, flushes it to disk and renames it over the target.</summary>
    /// <param name="path">The file to create or to replace; its folder must exist.</param>
    /// <param name="write">Writes the file whose path it receives. The file is there, empty and shared: open it with
    /// <see cref="FileShare.Read"/> or more, as <see cref="File.WriteAllText(string, string?)"/> does and <see cref="File.Create(string)"/>
    /// does not.</param>
    /// <remarks>Several processes may replace one file: each writes to its own partial file, and the last rename wins. If the writer fails,
    /// the target keeps its content and the partial file is deleted. What a killed process left is for
    /// <see cref="RemoveAbandoned"/>.</remarks>
    /// <exception cref="FileNotFoundException">The writer wrote nothing.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Replace(string path, Action<string> write)
    {
        using PartialFile partial = PartialFile.Create(path);
        write(partial.Path);
        using (FileStream written = new(partial.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete))
        {
            if (written.Length == 0)
                throw new FileNotFoundException($"{path}: nothing was written, so the file stays as it was.", path);
            written.Flush(flushToDisk: true);
        }

        partial.Publish();
    }

    /// <inheritdoc cref="Replace(string, Action{string})"/>
    /// <param name="path">The file to create or to replace; its folder must exist.</param>
    /// <param name="write">Writes the content to the stream that it receives, which can also be read.</param>
    public static void Replace(string path, Action<FileStream> write)
    {
        using PartialFile partial = PartialFile.Create(path);
        using (FileStream file = new(partial.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, BufferSize))
        {
            write(file);
            file.Flush(flushToDisk: true);
        }

        partial.Publish();
    }

    /// <summary>Deletes what killed processes left of a file. A partial file that a process is still writing stays.</summary>
    /// <param name="path">The file that was to be replaced; neither it nor its folder needs to exist.</param>
    public static void RemoveAbandoned(string path) => PartialFile.RemoveAbandoned(path);
}
