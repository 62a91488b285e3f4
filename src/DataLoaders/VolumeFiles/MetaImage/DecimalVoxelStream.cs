using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Turns voxels that are written as decimal numbers (<c>BinaryData = False</c>) into the bytes
/// that they stand for, little-endian.</summary>
internal sealed class DecimalVoxelStream(Stream text, VolumeHeader header) : ForwardStream
{
    private const int MaxDigits = 64;

    private readonly byte[] _buffer = new byte[1 << 13];
    private readonly byte[] _word = new byte[MaxDigits];
    private int _next;
    private int _end;
    private bool _isAtEnd;

    /// <summary>Reads whole voxels; the buffer must have room for one.</summary>
    /// <exception cref="VolumeFormatException">A word is no number of the type.</exception>
    public override int Read(Span<byte> buffer)
    {
        int size = header.DataType.ByteSize(), written = 0;
        while (written + size <= buffer.Length && NextWord() is { Length: > 0 } word)
        {
            Store(word, buffer.Slice(written, size));
            written += size;
        }

        return written;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            text.Dispose();
        base.Dispose(disposing);
    }

    private string NextWord()
    {
        int length = 0;
        while (true)
        {
            int value = NextByte();
            bool isSpace = value is < 0 or ' ' or '\n' or '\r' or '\t';
            if (isSpace && (length > 0 || value < 0))
                return Encoding.ASCII.GetString(_word, 0, length);
            if (isSpace)
                continue;
            if (length == MaxDigits)
                throw Refuse(Encoding.ASCII.GetString(_word));
            _word[length++] = (byte)value;
        }
    }

    private int NextByte()
    {
        if (_next == _end && !_isAtEnd)
        {
            (_next, _end) = (0, text.Read(_buffer));
            _isAtEnd = _end == 0;
        }

        return _isAtEnd ? -1 : _buffer[_next++];
    }

    private void Store(string word, Span<byte> target)
    {
        switch (header.DataType)
        {
            case VoxelType.Float32: BinaryPrimitives.WriteSingleLittleEndian(target, (float)Real(word)); break;
            case VoxelType.Float64: BinaryPrimitives.WriteDoubleLittleEndian(target, Real(word)); break;
            case VoxelType.UInt64:
                BinaryPrimitives.WriteUInt64LittleEndian(target, (ulong)Whole(word, ulong.MinValue, ulong.MaxValue));
                break;
            case VoxelType.Int64: BinaryPrimitives.WriteInt64LittleEndian(target, (long)Whole(word, long.MinValue, long.MaxValue)); break;
            case VoxelType.UInt32: BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)Whole(word, uint.MinValue, uint.MaxValue)); break;
            case VoxelType.Int32: BinaryPrimitives.WriteInt32LittleEndian(target, (int)Whole(word, int.MinValue, int.MaxValue)); break;
            case VoxelType.UInt16:
                BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)Whole(word, ushort.MinValue, ushort.MaxValue));
                break;
            case VoxelType.Int16:
                BinaryPrimitives.WriteInt16LittleEndian(target, (short)Whole(word, short.MinValue, short.MaxValue));
                break;
            case VoxelType.UInt8: target[0] = (byte)Whole(word, byte.MinValue, byte.MaxValue); break;
            default: target[0] = (byte)(sbyte)Whole(word, sbyte.MinValue, sbyte.MaxValue); break;
        }
    }

    private double Real(string word) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw Refuse(word);

    private Int128 Whole(string word, Int128 least, Int128 most) =>
        Int128.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 value)
        && value >= least
        && value <= most
            ? value
            : throw Refuse(word);

    private VolumeFormatException Refuse(string word) =>
        new(
            $"{header.DataPath}: found the voxel '{(word.Length > 20 ? word[..20] + "..." : word)}', "
            + $"expected a number of the type {header.DataType}. Export the file again.");
}
