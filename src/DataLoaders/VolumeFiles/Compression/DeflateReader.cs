using System.IO.Compression;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Inflates raw deflate data (RFC 1951) from the current position of a file and finds what stands behind them.</summary>
/// <remarks><see cref="DeflateStream"/> does not say where its data end, only that they did. The end lies in the last piece that it took,
/// and there the trailer that the caller computed of the inflated bytes must stand. <see cref="GZipStream"/> and <see cref="ZLibStream"/>
/// cannot be used: they return fewer bytes from a file that was cut short and report nothing.</remarks>
internal sealed class DeflateReader : IDisposable
{
    private readonly FileStream _file;
    private readonly InputWindow _input;
    private readonly DeflateStream _inflater;

    public DeflateReader(FileStream file)
    {
        _file = file;
        _input = new(file);
        _inflater = new(_input, CompressionMode.Decompress, leaveOpen: true);
    }

    /// <summary>Inflates; 0 at the end of the data.</summary>
    /// <exception cref="VolumeFormatException">The data are damaged.</exception>
    public int Read(Span<byte> buffer)
    {
        try
        {
            return _inflater.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(_file, "the compressed data are damaged", e);
        }
    }

    /// <summary>Looks for the trailer behind the data and sets the file behind it.</summary>
    /// <returns>Whether the trailer is there.</returns>
    public bool SkipTrailer(ReadOnlySpan<byte> trailer)
    {
        byte[] tail = new byte[Math.Min(_input.LastEnd + trailer.Length, _file.Length) - _input.LastStart];
        _file.Position = _input.LastStart;
        _file.ReadExactly(tail);
        int at = tail.AsSpan().IndexOf(trailer);
        if (at >= 0)
            _file.Position = _input.LastStart + at + trailer.Length;
        return at >= 0;
    }

    public void Dispose()
    {
        _inflater.Dispose();
        _input.Dispose();
    }

    /// <summary>The exception for a compressed file that cannot be believed.</summary>
    public static VolumeFormatException Damaged(FileStream file, string what, Exception? cause = null) =>
        new($"{file.Name}: {what} ({file.Length} bytes on disk). Copy or download the file again.", cause!);

    /// <summary>Hands the file to the inflater and remembers which bytes it took last.</summary>
    private sealed class InputWindow(FileStream file) : ForwardStream
    {
        public long LastStart { get; private set; } = file.Position;

        public long LastEnd { get; private set; } = file.Position;

        public override int Read(Span<byte> buffer)
        {
            LastStart = file.Position;
            int count = file.Read(buffer);
            LastEnd = LastStart + count;
            return count;
        }
    }
}
