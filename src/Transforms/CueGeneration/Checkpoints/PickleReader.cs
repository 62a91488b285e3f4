using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Smml.MLNet.CueGeneration;

/// <summary>Reads the data of a Python pickle (protocols 2 to 5) and never runs any of it: a name stays a name, and what a call would have
/// made is opaque, but for the two that <c>torch.save</c> needs, <c>collections.OrderedDict</c> and
/// <c>torch._utils._rebuild_tensor_v2</c>.</summary>
/// <remarks>Source: the opcode table of Python's <c>pickletools</c>. Values are <see cref="long"/>, <see cref="double"/>,
/// <see cref="bool"/>, <see cref="string"/>, null, <c>object?[]</c> (tuple), <c>List&lt;object?&gt;</c>,
/// <c>Dictionary&lt;object, object?&gt;</c> and the types of PickleValues.cs.</remarks>
internal ref struct PickleReader
{
    private const int MaxDepth = 1 << 20;

    private static readonly object s_mark = new();

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _position;

    private PickleReader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Reads one pickle.</summary>
    /// <exception cref="FormatException">The bytes are no pickle, or one that uses what no checkpoint needs.</exception>
    public static object? Read(ReadOnlySpan<byte> bytes) => new PickleReader(bytes).Read();

    private object? Read()
    {
        while (true)
        {
            byte code = Take(1)[0];
            if (code == '.')
                return Pop();
            Step(code);
            if (_stack.Count > MaxDepth || _memo.Count > MaxDepth)
                throw new FormatException("it holds more values than any checkpoint");
        }
    }

    private void Step(byte code)
    {
        switch (code)
        {
            case 0x80: Take(1); break; // PROTO
            case 0x95: Take(8); break; // FRAME
            case (byte)'(': _stack.Add(s_mark); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'2': _stack.Add(Peek()); break;
            case (byte)'N': _stack.Add(null); break;
            case 0x88: _stack.Add(true); break;
            case 0x89: _stack.Add(false); break;
            case (byte)'K': _stack.Add((long)Take(1)[0]); break;
            case (byte)'M': _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case (byte)'J': _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case 0x8A: _stack.Add(Long(Take(Take(1)[0]))); break;
            case 0x8B: _stack.Add(Long(Take(BinaryPrimitives.ReadInt32LittleEndian(Take(4))))); break;
            case (byte)'G': _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case (byte)'X': _stack.Add(Text(BinaryPrimitives.ReadInt32LittleEndian(Take(4)))); break;
            case 0x8C: _stack.Add(Text(Take(1)[0])); break;
            case 0x8D: _stack.Add(Text(checked((int)BinaryPrimitives.ReadInt64LittleEndian(Take(8))))); break;
            case (byte)'U' or (byte)'C': Opaque(Take(1)[0]); break;
            case (byte)'T' or (byte)'B': Opaque(BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case 0x8E: Opaque(checked((int)BinaryPrimitives.ReadInt64LittleEndian(Take(8)))); break;
            case (byte)']': _stack.Add(new List<object?>()); break;
            case (byte)'}': _stack.Add(new Dictionary<object, object?>()); break;
            case (byte)')': _stack.Add(Array.Empty<object?>()); break;
            case 0x8F: _stack.Add(new List<object?>()); break; // EMPTY_SET
            case 0x85: _stack.Add(PopMany(1)); break;
            case 0x86: _stack.Add(PopMany(2)); break;
            case 0x87: _stack.Add(PopMany(3)); break;
            case (byte)'t' or 0x91: _stack.Add(PopToMark()); break;
            case (byte)'l': _stack.Add(PopToMark().ToList()); break;
            case (byte)'d': MakeDictionary(); break;
            case (byte)'a': Append([Pop()]); break;
            case (byte)'e' or 0x90: Append(PopToMark()); break;
            case (byte)'s': SetItems(PopMany(2)); break;
            case (byte)'u': SetItems(PopToMark()); break;
            case (byte)'q': _memo[Take(1)[0]] = Peek(); break;
            case (byte)'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek(); break;
            case 0x94: _memo[_memo.Count] = Peek(); break;
            case (byte)'h': _stack.Add(Remembered(Take(1)[0])); break;
            case (byte)'j': _stack.Add(Remembered(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case (byte)'c': _stack.Add(new PickleGlobal(Line(), Line())); break;
            case 0x93:
                object?[] names = PopMany(2);
                _stack.Add(new PickleGlobal(names[0] as string ?? "", names[1] as string ?? ""));
                break;
            case (byte)'Q': _stack.Add(Persistent(Pop())); break;
            case (byte)'R' or 0x81: Call(); break;
            case 0x92: // NEWOBJ_EX
                PopMany(3);
                _stack.Add(PickleOpaque.Instance);
                break;
            case (byte)'b': Pop(); break; // BUILD: the state of an object, such as the metadata of a state dict
            default:
                throw new FormatException($"it has the opcode 0x{code:X2} at byte {_position - 1}, which no checkpoint of torch.save has");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _bytes.Length - _position)
            throw new FormatException($"it is cut off at byte {_position}");
        _position += count;
        return _bytes.Slice(_position - count, count);
    }

    private string Text(int length) => Encoding.UTF8.GetString(Take(length));

    private string Line()
    {
        int length = _bytes[_position..].IndexOf((byte)'\n');
        string line = Text(length);
        _position++;
        return line;
    }

    private static object Long(ReadOnlySpan<byte> bytes) => bytes.Length <= 8 ? (long)new BigInteger(bytes) : PickleOpaque.Instance;

    private void Opaque(int length)
    {
        Take(length);
        _stack.Add(PickleOpaque.Instance);
    }

    private readonly object? Peek() => _stack.Count > 0 ? _stack[^1] : throw new FormatException("it takes a value where there is none");

    private readonly object? Pop()
    {
        object? value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private readonly object?[] PopMany(int count)
    {
        if (_stack.Count < count)
            throw new FormatException("it takes a value where there is none");
        object?[] values = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private readonly object?[] PopToMark()
    {
        int mark = _stack.LastIndexOf(s_mark);
        object?[] values = mark >= 0 ? PopMany(_stack.Count - mark - 1) : throw new FormatException("it ends a group that did not begin");
        Pop();
        return values;
    }

    private readonly object? Remembered(long key) =>
        _memo.TryGetValue(key, out object? value) ? value : throw new FormatException($"it asks for the value {key}, which was not kept");

    private readonly void Append(object?[] values)
    {
        if (Peek() is List<object?> list)
            list.AddRange(values);
    }

    private readonly void MakeDictionary()
    {
        object?[] pairs = PopToMark();
        _stack.Add(new Dictionary<object, object?>());
        SetItems(pairs);
    }

    private readonly void SetItems(object?[] pairs)
    {
        if (Peek() is not Dictionary<object, object?> dictionary)
            return;
        for (int i = 0; i + 1 < pairs.Length; i += 2)
            dictionary[pairs[i] is string or long ? pairs[i]! : new object()] = pairs[i + 1];
    }

    private static object Persistent(object? identifier) =>
        identifier is object?[] and ["storage", PickleGlobal kind, string key, _, long elements]
            ? new PickleStorage(kind.Name, key, elements)
            : PickleOpaque.Instance;

    private readonly void Call()
    {
        object?[] call = PopMany(2);
        _stack.Add(call switch
        {
            [PickleGlobal { Module: "collections", Name: "OrderedDict" }, object?[] and []] => new Dictionary<object, object?>(),
            [PickleGlobal { Module: "torch._utils", Name: "_rebuild_tensor_v2" }, object?[]
                and [PickleStorage storage, long offset, object?[] shape, object?[] strides, ..]]
                when Numbers(shape) is { } sizes && Numbers(strides) is { } steps && sizes.Length == steps.Length =>
                new PickleTensor(storage, offset, sizes, steps),
            [PickleGlobal { Module: "torch._utils", Name: "_rebuild_parameter" }, object?[] and [PickleTensor data, ..]] => data,
            _ => PickleOpaque.Instance,
        });
    }

    private static long[]? Numbers(object?[] values) => values.All(value => value is long) ? [.. values.Cast<long>()] : null;
}
