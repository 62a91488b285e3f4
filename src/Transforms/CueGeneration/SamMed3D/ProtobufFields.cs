using System.Text;

namespace Smml.MLNet.CueGeneration;

/// <summary>Walks the fields of a Protocol Buffers message, one level deep (the encoding guide of Protocol Buffers).</summary>
internal ref struct ProtobufFields
{
    private readonly ReadOnlySpan<byte> _message;
    private int _position;

    public ProtobufFields(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>The number of the current field.</summary>
    public int Number { get; private set; }

    /// <summary>The whole current field with its key, to be copied unchanged.</summary>
    public ReadOnlySpan<byte> Raw { get; private set; }

    /// <summary>The content of a field of bytes, text or a nested message; empty for a number.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>The value of a field that is a whole number.</summary>
    public ulong Value { get; private set; }

    /// <summary>Goes to the next field.</summary>
    /// <exception cref="FormatException">The message is damaged.</exception>
    public bool Next()
    {
        if (_position == _message.Length)
            return false;
        int start = _position;
        ulong key = Varint();
        Number = checked((int)(key >> 3));
        Content = default;
        Value = 0;
        switch (key & 7)
        {
            case 0: Value = Varint(); break;
            case 1: Skip(8); break;
            case 2: Content = Skip(checked((int)Varint())); break;
            case 5: Skip(4); break;
            default: throw new FormatException($"a message of Protocol Buffers has the wire type {key & 7}");
        }

        Raw = _message[start.._position];
        return true;
    }

    /// <summary>Appends a field of bytes.</summary>
    public static void Write(List<byte> target, int number, ReadOnlySpan<byte> content)
    {
        Write(target, (ulong)((number << 3) | 2));
        Write(target, (ulong)content.Length);
        target.AddRange(content);
    }

    /// <summary>Appends a field of text.</summary>
    public static void Write(List<byte> target, int number, string text) => Write(target, number, Encoding.UTF8.GetBytes(text));

    private static void Write(List<byte> target, ulong value)
    {
        for (; value > 0x7F; value >>= 7)
            target.Add((byte)(value | 0x80));
        target.Add((byte)value);
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = Skip(1)[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }

        throw new FormatException("a number of Protocol Buffers does not end");
    }

    private ReadOnlySpan<byte> Skip(int count)
    {
        if (count < 0 || count > _message.Length - _position)
            throw new FormatException("a message of Protocol Buffers is cut off");
        _position += count;
        return _message.Slice(_position - count, count);
    }
}
