using Smml.MLNet.Volumes;

namespace Smml.MLNet.VolumeFiles;

/// <summary>An open volume file: its checked header, and the stream of its (inflated) voxels.</summary>
internal sealed class VolumeSource : IDisposable
{
    // After the voxels the rest is read to prove the checksum, but no more than this: the rest of a gzip bomb is not worth the time.
    private const long MaxDrainBytes = 64L << 20;

    private readonly InputFile _input;
    private readonly Stream _stream;
    private readonly VolumeWarnings _warnings;
    private long _read;

    /// <summary>Takes over an open file.</summary>
    /// <param name="header">The header; its warnings grow while the voxels are read.</param>
    /// <param name="warnings">The list behind <see cref="VolumeHeader.Warnings"/>.</param>
    /// <param name="input">The file that holds the voxels.</param>
    /// <param name="stream">The content, at the first voxel.</param>
    public VolumeSource(VolumeHeader header, VolumeWarnings warnings, InputFile input, Stream stream)
    {
        Header = header;
        _warnings = warnings;
        _input = input;
        _stream = stream;
    }

    public VolumeHeader Header { get; }

    /// <summary>The warnings about the file with their kinds; they grow while the voxels are read.</summary>
    public IReadOnlyList<VolumeWarning> Warnings => _warnings.Items;

    /// <summary>The size of the voxels' data as a MetaImage announces it; null when nothing does.</summary>
    public long? AnnouncedCompressedLength { get; init; }

    /// <summary>Fills the buffer.</summary>
    /// <exception cref="VolumeFormatException">The file ends before.</exception>
    public void ReadVoxels(Span<byte> buffer)
    {
        int count = _stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        _read += count;
        if (count < buffer.Length)
        {
            throw new VolumeFormatException(
                $"{Header.DataPath}: found {_read} bytes of voxels, expected {Header.VoxelBytes} ({string.Join('x', Header.Dimensions)} "
                    + $"{Header.DataType}). The file is cut short: copy or download it again.");
        }
    }

    /// <summary>Reads the rest of the voxels and, if the file is compressed, what follows, so that the checksum is verified.</summary>
    public void VerifyEnd()
    {
        if (!Header.IsCompressed)
            return;
        byte[] buffer = new byte[1 << 16];
        while (_read < Header.VoxelBytes)
            ReadVoxels(buffer.AsSpan(0, (int)Math.Min(buffer.Length, Header.VoxelBytes - _read)));
        int count = 1;
        for (long drained = 0; drained < MaxDrainBytes && (count = _stream.Read(buffer)) > 0; drained += count)
        {
        }

        if (count > 0)
            _warnings.Add($"More than {MaxDrainBytes >> 20} MiB follow the voxels; they were not read, so the checksum is not proven.");
        if (_stream is GzipMemberStream { SurplusBytes: > 0 } gzip)
            _warnings.Add($"{gzip.SurplusBytes} bytes that are not gzip follow the compressed data; they were ignored.");
        if (_stream is ZlibMemberStream zlib
            && count == 0
            && AnnouncedCompressedLength is { } announced
            && announced != zlib.CompressedLength)
            _warnings.Add($"CompressedDataSize is {announced}, but the compressed voxels have {zlib.CompressedLength} bytes.");
    }

    /// <summary>Adds to the warnings of the header.</summary>
    public void Warn(string what) => _warnings.Add(what);

    public void Dispose() => _input.Dispose();
}
