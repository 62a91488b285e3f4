namespace Smml.MLNet.WeightFiles;

/// <summary>Reads bytes of a file that may be shorter than it says.</summary>
internal static class FileBytes
{
    /// <summary>Opens a file of weights; others may read it too.</summary>
    public static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read);

    /// <summary>Reads bytes of the file. Memory is taken only for bytes that are there.</summary>
    /// <exception cref="CheckpointFormatException">The file ends before.</exception>
    public static byte[] ReadAt(FileStream file, long offset, long count)
    {
        if (count > Array.MaxLength || offset < 0 || count < 0 || offset > file.Length - count)
            throw Damaged(file, $"it ends before byte {(Int128)offset + count}");
        byte[] bytes = new byte[count];
        Fill(file, offset, bytes);
        return bytes;
    }

    /// <summary>Fills a buffer with bytes of the file.</summary>
    /// <exception cref="CheckpointFormatException">The file ends before.</exception>
    public static void Fill(FileStream file, long offset, Span<byte> bytes)
    {
        for (int done = 0; done < bytes.Length;)
        {
            int count = RandomAccess.Read(file.SafeFileHandle, bytes[done..], offset + done);
            if (count == 0)
                throw Damaged(file, $"it ends before byte {offset + bytes.Length}");
            done += count;
        }
    }

    /// <summary>The exception for a file that cannot be believed.</summary>
    public static CheckpointFormatException Damaged(FileStream file, string what) =>
        new($"{file.Name}: the file is damaged or cut short: {what} ({file.Length} bytes on disk). Download it again.");
}
