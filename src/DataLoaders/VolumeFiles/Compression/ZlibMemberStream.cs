using System.Buffers.Binary;
using System.IO.Hashing;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Inflates zlib data (RFC 1950) from the current position of a file and proves them against their checksum. MetaImage compresses
/// voxels so.</summary>
internal sealed class ZlibMemberStream : ForwardStream
{
    private readonly FileStream _file;
    private readonly long _start;
    private readonly DeflateReader _inflater;
    private readonly Adler32 _checksum = new();
    private bool _isAtEnd;

    /// <summary>Begins at the two header bytes.</summary>
    /// <exception cref="VolumeFormatException">They are not those of zlib.</exception>
    public ZlibMemberStream(FileStream file)
    {
        _file = file;
        _start = file.Position;
        int method = file.ReadByte(), flags = file.ReadByte();
        if (flags < 0 || (method & 0x0F) != 8 || ((method * 256) + flags) % 31 != 0 || (flags & 0x20) != 0)
            throw DeflateReader.Damaged(file, $"found the bytes {method:X2} {flags:X2} where compressed voxels begin, expected zlib (such "
                + "as 78 9C)");
        _inflater = new(file);
    }

    /// <summary>How many bytes of the file the data take, header and checksum included; known once they are read to their end.</summary>
    public long CompressedLength { get; private set; }

    /// <summary>Reads on; 0 at the end of the data.</summary>
    /// <exception cref="VolumeFormatException">The data are damaged or cut short.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || _isAtEnd)
            return 0;
        int count = _inflater.Read(buffer);
        if (count > 0)
        {
            _checksum.Append(buffer[..count]);
            return count;
        }

        Span<byte> trailer = stackalloc byte[4];
        uint checksum = _checksum.GetCurrentHashAsUInt32();
        BinaryPrimitives.WriteUInt32BigEndian(trailer, checksum);
        if (!_inflater.SkipTrailer(trailer))
            throw DeflateReader.Damaged(_file, $"no checksum {checksum:X8} follows the compressed voxels, so they are damaged or "
                + "cut short");
        _isAtEnd = true;
        CompressedLength = _file.Position - _start;
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _inflater.Dispose();
        base.Dispose(disposing);
    }
}
