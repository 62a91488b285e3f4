using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Smml.MLNet.Onnx;

/// <summary>A message of Protocol Buffers that is being written, field after field.</summary>
internal sealed class ProtobufMessage
{
    private const int Varint = 0, Bytes = 2, Fixed32 = 5; // wire types

    private readonly ArrayBufferWriter<byte> _content = new();

    /// <summary>What was written so far.</summary>
    public ReadOnlySpan<byte> Content => _content.WrittenSpan;

    /// <summary>Appends a whole number.</summary>
    public ProtobufMessage Add(int number, long value)
    {
        Write((ulong)((number << 3) | Varint));
        Write((ulong)value);
        return this;
    }

    /// <summary>Appends a number of single precision.</summary>
    public ProtobufMessage Add(int number, float value)
    {
        Write((ulong)((number << 3) | Fixed32));
        BinaryPrimitives.WriteSingleLittleEndian(_content.GetSpan(sizeof(float)), value);
        _content.Advance(sizeof(float));
        return this;
    }

    /// <summary>Appends text.</summary>
    public ProtobufMessage Add(int number, string text) => Add(number, Encoding.UTF8.GetBytes(text));

    /// <summary>Appends a message.</summary>
    public ProtobufMessage Add(int number, ProtobufMessage message) => Add(number, message.Content);

    /// <summary>Appends bytes.</summary>
    public ProtobufMessage Add(int number, ReadOnlySpan<byte> content)
    {
        Write((ulong)((number << 3) | Bytes));
        Write((ulong)content.Length);
        _content.Write(content);
        return this;
    }

    // Seven bits a byte, the lowest first; the highest bit tells that more follow.
    private void Write(ulong value)
    {
        int length = Math.Max(1, (70 - BitOperations.LeadingZeroCount(value)) / 7);
        Span<byte> target = _content.GetSpan(length);
        for (int i = 0; i < length; i++)
            target[i] = (byte)((value >> (7 * i)) & 0x7F | (i < length - 1 ? 0x80ul : 0));
        _content.Advance(length);
    }
}
