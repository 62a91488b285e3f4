using System.Buffers.Binary;
using System.IO.Compression;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Inflates a gzip file (RFC 1952) member by member and proves each member against its checksum and length.</summary>
/// <remarks>
/// <para><see cref="GZipStream"/> cannot be used: it returns fewer bytes from a file that was cut short and reports nothing, not even a missing trailer.</para>
/// <para><see cref="DeflateStream"/> does not say where its data end, only that they did. The end lies in the last piece that it took, and there the eight
/// bytes (CRC-32, length) of the inflated data must stand; a file without them is refused.</para>
/// </remarks>
internal sealed class GzipMemberStream(FileStream file) : Stream
{
    private readonly InputWindow _input = new(file);
    private DeflateStream? _member;
    private Crc32 _checksum;
    private uint _length;
    private bool _isFirst = true;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Reads on; 0 after the last member.</summary>
    /// <exception cref="VolumeFormatException">A member is damaged or cut short.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty && (_member is not null || OpenMember()))
        {
            int count = Inflate(buffer);
            if (count > 0)
            {
                _checksum.Append(buffer[..count]);
                _length += (uint)count;
                return count;
            }

            CloseMember();
        }

        return 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _member?.Dispose();
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    // Between members stand zeros at most (tape padding); anything else after a complete member is not ours and ends the data.
    private bool OpenMember()
    {
        int first = file.ReadByte();
        while (!_isFirst && first == 0)
            first = file.ReadByte();
        if (first != 0x1F || file.ReadByte() != 0x8B)
        {
            file.Seek(0, SeekOrigin.End);
            return false;
        }

        int method = file.ReadByte(), flags = file.ReadByte();
        if (method != 8 || (flags & 0xE0) != 0)
            throw Damaged($"the gzip header names method {method} and flags 0x{flags:X2}, expected method 8 (deflate) and flags below 0x20");
        file.Seek(6, SeekOrigin.Current); // time, compressor, operating system
        if ((flags & 4) != 0)
            file.Seek(file.ReadByte() | (file.ReadByte() << 8), SeekOrigin.Current);
        SkipText((flags & 8) != 0);
        SkipText((flags & 16) != 0);
        if ((flags & 2) != 0)
            file.Seek(2, SeekOrigin.Current);
        if (file.Position > file.Length)
            throw Damaged("the file ends inside a gzip header");
        _isFirst = false;
        _checksum = default;
        _length = 0;
        _input.Restart();
        _member = new(_input, CompressionMode.Decompress, leaveOpen: true);
        return true;
    }

    private void SkipText(bool present)
    {
        while (present && file.ReadByte() > 0)
        {
        }
    }

    private int Inflate(Span<byte> buffer)
    {
        try
        {
            return _member!.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw Damaged("the compressed data are damaged", e);
        }
    }

    private void CloseMember()
    {
        _member!.Dispose();
        _member = null;
        Span<byte> trailer = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _checksum.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], _length);
        byte[] tail = new byte[Math.Min(_input.LastEnd + trailer.Length, file.Length) - _input.LastStart];
        file.Position = _input.LastStart;
        file.ReadExactly(tail);
        int at = tail.AsSpan().IndexOf(trailer);
        if (at < 0)
            throw Damaged($"no checksum {_checksum.Value:X8} of the {_length} inflated bytes follows them, so the data are damaged or cut short");
        file.Position = _input.LastStart + at + trailer.Length;
    }

    private VolumeFormatException Damaged(string what, Exception? cause = null) =>
        new($"{file.Name}: {what} ({file.Length} bytes on disk). Copy or download the file again; `gzip -t` tests it.", cause!);

    /// <summary>Hands the file to the inflater and remembers which bytes it took last.</summary>
    private sealed class InputWindow(FileStream file) : Stream
    {
        public long LastStart { get; private set; }

        public long LastEnd { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void Restart() => LastStart = LastEnd = file.Position;

        public override int Read(Span<byte> buffer)
        {
            LastStart = file.Position;
            int count = file.Read(buffer);
            LastEnd = LastStart + count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
