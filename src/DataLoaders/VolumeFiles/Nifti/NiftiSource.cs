namespace Smml.MLNet.VolumeFiles;

/// <summary>An open NIfTI file: its checked header, and the stream of its (inflated) bytes.</summary>
internal sealed class NiftiSource : IDisposable
{
    // Deflate cannot make more than 1032 bytes of one, so a header that claims more lies.
    private const int MaxInflation = 1032;

    // After the voxels the rest is read to prove the checksum, but no more than this: the rest of a gzip bomb is not worth the time.
    private const long MaxDrainBytes = 64L << 20;

    private readonly FileStream _file;
    private readonly Stream _stream;
    private long _position;

    private NiftiSource(FileStream file, string path)
    {
        _file = file;
        Span<byte> start = stackalloc byte[2];
        bool isCompressed = file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start.SequenceEqual((ReadOnlySpan<byte>)[0x1F, 0x8B]);
        file.Position = 0;
        _stream = isCompressed ? new GzipMemberStream(file) : file;
        Span<byte> bytes = stackalloc byte[NiftiHeaderReader.HeaderSize];
        _position = _stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        Header = NiftiHeaderReader.Read(bytes[..(int)_position], path, isCompressed);
        CheckSize(path);
    }

    public VolumeHeader Header { get; }

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static NiftiSource Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: there is no such file. Correct the path, or leave it empty for a missing scan.", path);
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, FileOptions.SequentialScan);
        try
        {
            return new(file, path);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Skips header extensions unread, whatever they claim: a damaged one must not matter, and their text can name a person.</summary>
    public void SkipToVoxels()
    {
        byte[] buffer = new byte[4096];
        while (_position < Header.VoxelOffset)
        {
            int count = _stream.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, Header.VoxelOffset - _position)));
            if (count == 0)
                throw Short(0);
            _position += count;
        }
    }

    /// <summary>Fills the buffer.</summary>
    /// <exception cref="VolumeFormatException">The file ends before.</exception>
    public void ReadVoxels(Span<byte> buffer)
    {
        int count = _stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        _position += count;
        if (count < buffer.Length)
            throw Short(_position - Header.VoxelOffset);
    }

    /// <summary>Reads a compressed file to its end, so that its checksum is proven.</summary>
    public void VerifyEnd()
    {
        if (!Header.IsCompressed)
            return;
        byte[] buffer = new byte[1 << 16];
        int count;
        for (long drained = 0; drained < MaxDrainBytes && (count = _stream.Read(buffer)) > 0; drained += count)
        {
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _file.Dispose();
    }

    private void CheckSize(string path)
    {
        Int128 claimed = (Int128)Header.VoxelOffset + Header.VoxelBytes;
        Int128 possible = Header.IsCompressed ? ((Int128)_file.Length * MaxInflation) + 1024 : _file.Length;
        if (claimed > possible)
        {
            throw new VolumeFormatException(
                $"{path}: the header announces {string.Join('x', Header.Dimensions)} voxels of {Header.DataType} ({Header.VoxelBytes} bytes from byte {Header.VoxelOffset}), "
                + $"but the file has only {_file.Length} bytes{(Header.IsCompressed ? ", compressed" : "")}. It is cut short or damaged: copy or download it again.");
        }
    }

    private VolumeFormatException Short(long found) =>
        new($"{Header.Path}: found {found} bytes of voxels, expected {Header.VoxelBytes} ({string.Join('x', Header.Dimensions)} {Header.DataType}). The file is cut short: copy or download it again.");
}
