namespace Smml.MLNet.VolumeFiles;

/// <summary>A file that is read from its beginning to its end, inflated when its content is gzip.</summary>
internal sealed class InputFile : IDisposable
{
    // Deflate cannot make more than 1032 bytes of one, so a header that claims more lies.
    private const int MaxInflation = 1032;

    private readonly FileStream _file;

    private InputFile(FileStream file)
    {
        _file = file;
        Span<byte> start = stackalloc byte[2];
        IsCompressed = file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start.SequenceEqual((ReadOnlySpan<byte>)[0x1F, 0x8B]);
        Stream = file;
        Rewind();
    }

    /// <summary>The path, as it was given.</summary>
    public string Path => _file.Name;

    /// <summary>The inflated content.</summary>
    public Stream Stream { get; private set; }

    /// <summary>Whether the file is gzip; the content decides, not the name.</summary>
    public bool IsCompressed { get; }

    /// <summary>Bytes on disk.</summary>
    public long Length => _file.Length;

    /// <summary>The most bytes that the content can have.</summary>
    public Int128 LargestContent => IsCompressed ? MaxContent(Length) : Length;

    /// <summary>Opens a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static InputFile Open(string path)
    {
        if (!File.Exists(path))
        {
            string found = Directory.Exists(path) ? "this is a folder" : "there is no such file";
            throw new FileNotFoundException(
                $"{path}: {found}, expected a volume file. Correct the path, or leave it empty for a missing scan.", path);
        }

        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, FileOptions.SequentialScan);
        try
        {
            return new(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The most bytes that so many compressed ones can become.</summary>
    public static Int128 MaxContent(long compressed) => ((Int128)compressed * MaxInflation) + 1024;

    /// <summary>Back to the beginning of the content.</summary>
    public void Rewind()
    {
        _file.Position = 0;
        if (!ReferenceEquals(Stream, _file))
            Stream.Dispose();
        Stream = IsCompressed ? new GzipMemberStream(_file) : _file;
    }

    /// <summary>Skips bytes of the content.</summary>
    /// <returns>Whether there were so many.</returns>
    public bool Skip(long count)
    {
        byte[] buffer = new byte[4096];
        while (count > 0)
        {
            int read = Stream.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, count)));
            if (read == 0)
                return false;
            count -= read;
        }

        return true;
    }

    /// <summary>Takes the rest of a file that is not gzip as zlib data, or as gzip data where they begin so.</summary>
    /// <exception cref="VolumeFormatException">The file is gzip as a whole, or its rest is neither.</exception>
    public Stream Inflate()
    {
        if (IsCompressed)
            throw new VolumeFormatException($"{Path}: found a file that was compressed twice. Unpack it once with gunzip.");
        long start = _file.Position;
        int first = _file.ReadByte();
        _file.Position = start;
        Stream = first == 0x1F ? new GzipMemberStream(_file) : new ZlibMemberStream(_file);
        return Stream;
    }

    public void Dispose()
    {
        Stream.Dispose();
        _file.Dispose();
    }
}
