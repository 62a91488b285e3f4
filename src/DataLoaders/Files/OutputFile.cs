namespace Smml.MLNet.Files;

/// <summary>Replaces a file as a whole, and only by another of its kind: a name that was mistyped must not cost a scan or a table of the
/// user.</summary>
internal static class OutputFile
{
    private const int Beginning = 1 << 14;

    private static readonly string[] s_volumes = [".nii", ".nii.gz", ".mha", ".mhd", ".hdr", ".img", ".img.gz", ".raw", ".zraw"];

    /// <summary>Writes a file, if it is not there yet or may be replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What a file may be that is replaced, for messages.</param>
    /// <param name="refusal">Receives the first bytes of the file that is there and says what it is; null if it may be replaced. An empty
    /// file may be replaced by anything.</param>
    /// <param name="write">Writes the new file.</param>
    /// <exception cref="IOException">The file is there and is of another kind, its name is that of a volume, or it cannot be
    /// written.</exception>
    public static void Replace(string path, string expected, Func<byte[], string?> refusal, Action<FileStream> write)
    {
        Check(path, expected, refusal);
        SafeFile.Replace(path, write);
    }

    /// <summary>Checks whether a file may be written, before the work is done whose result it shall hold.</summary>
    /// <inheritdoc cref="Replace"/>
    public static void Check(string path, string expected, Func<byte[], string?> refusal)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (s_volumes.FirstOrDefault(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) is { } ending)
            throw new IOException($"{path}: found the ending of a volume ({ending}), expected the name of {expected}. Name another file.");
        if (!File.Exists(path))
            return;
        byte[] start = Start(path);
        if (start.Length > 0 && refusal(start) is { } found)
            throw new IOException($"{path}: found {found}, expected {expected} or no file, so it is not replaced. Name another file.");
    }

    private static byte[] Start(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] start = new byte[Math.Min(file.Length, Beginning)];
        int count = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return start[..count];
    }
}
