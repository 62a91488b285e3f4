using System.Buffers.Binary;
using System.IO.Hashing;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Inflates a gzip file (RFC 1952) member by member and proves each member against its checksum and length.</summary>
internal sealed class GzipMemberStream(FileStream file) : ForwardStream
{
    private DeflateReader? _member;
    private readonly Crc32 _checksum = new();
    private uint _length;
    private bool _isFirst = true;

    /// <summary>Bytes behind the last member that are neither a member nor zeros; known once the data are read to their end.</summary>
    public long SurplusBytes { get; private set; }

    /// <summary>Reads on; 0 after the last member.</summary>
    /// <exception cref="VolumeFormatException">A member is damaged or cut short.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty && (_member is not null || OpenMember()))
        {
            int count = _member!.Read(buffer);
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

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _member?.Dispose();
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
            if (first >= 0)
                SurplusBytes = Math.Max(SurplusBytes, file.Length - file.Position + 1);
            file.Seek(0, SeekOrigin.End);
            return false;
        }

        int method = file.ReadByte(), flags = file.ReadByte();
        if (method != 8 || (flags & 0xE0) != 0)
            throw DeflateReader.Damaged(file, $"the gzip header names method {method} and flags 0x{flags:X2}, expected method 8 (deflate) "
                + "and flags below 0x20");
        file.Seek(6, SeekOrigin.Current); // time, compressor, operating system
        if ((flags & 4) != 0)
        {
            int low = file.ReadByte(), high = file.ReadByte();
            file.Seek(high < 0 ? 0 : low | (high << 8), SeekOrigin.Current); // a file that ends here is refused below
        }

        SkipText((flags & 8) != 0);
        SkipText((flags & 16) != 0);
        if ((flags & 2) != 0)
            file.Seek(2, SeekOrigin.Current);
        if (file.Position >= file.Length)
            throw DeflateReader.Damaged(file, "the file ends inside a gzip header");
        _isFirst = false;
        _checksum.Reset();
        _length = 0;
        _member = new(file);
        return true;
    }

    private void SkipText(bool present)
    {
        while (present && file.ReadByte() > 0)
        {
        }
    }

    private void CloseMember()
    {
        Span<byte> trailer = stackalloc byte[8];
        uint checksum = _checksum.GetCurrentHashAsUInt32();
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, checksum);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], _length);
        if (!_member!.SkipTrailer(trailer))
            throw DeflateReader.Damaged(file, $"no checksum {checksum:X8} of the {_length} inflated bytes follows them, "
                + "so the data are damaged or cut short");
        _member.Dispose();
        _member = null;
    }
}
