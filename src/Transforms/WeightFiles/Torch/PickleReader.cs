using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Smml.MLNet.WeightFiles;

/// <summary>Reads the data of a Python pickle (protocols 2 to 5) and never runs any of it: a name stays a name, and what a call would have
/// made is opaque, but for the few calls of <see cref="TorchObjects"/>.</summary>
/// <remarks>Source: the opcode table of Python's <c>pickletools</c>. Values are those of <see cref="NamedValues"/>,
/// <see cref="BigInteger"/> and the types of PickleValues.cs.</remarks>
internal ref struct PickleReader
{
    private const int MaxValues = 1 << 22;

    private static readonly object s_unset = new();
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly TorchObjects _objects;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly List<object?> _memo = [];
    private int _position;
    private int _made;
    private int _kept;

    private PickleReader(ReadOnlySpan<byte> bytes, TorchObjects objects)
    {
        _bytes = bytes;
        _objects = objects;
    }

    /// <summary>Reads one pickle.</summary>
    /// <param name="bytes">The pickle and perhaps more.</param>
    /// <param name="objects">Receives the storages.</param>
    /// <param name="length">The bytes that the pickle has.</param>
    /// <exception cref="FormatException">The bytes are no pickle, or one that uses what no checkpoint needs.</exception>
    public static object? Read(ReadOnlySpan<byte> bytes, TorchObjects objects, out int length)
    {
        PickleReader reader = new(bytes, objects);
        object? value = reader.Read();
        length = reader._position;
        return value;
    }

    /// <summary>Sets an entry as a dictionary of Python would, if its key is a name or a whole number.</summary>
    public static void Set(NamedValues dictionary, object? key, object? value)
    {
        string? name = key switch
        {
            string text => text,
            long number => number.ToString(CultureInfo.InvariantCulture),
            _ => null,
        };
        if (name is not null)
            dictionary[name] = value;
    }

    private object? Read()
    {
        while (true)
        {
            byte code = Take(1)[0];
            if (code == '.')
                return Pop();
            Step(code);
        }
    }

    private void Step(byte code)
    {
        switch (code)
        {
            case 0x80: Protocol(Take(1)[0]); break;
            case 0x95: Take(8); break; // FRAME
            case (byte)'(': _marks.Add(_stack.Count); Count(); break;
            case (byte)'0': PopOrMark(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'2': Push(Peek()); break;
            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'K': Push((long)Take(1)[0]); break;
            case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case (byte)'I' or (byte)'L': Push(Decimal(Line())); break; // Python 2
            case 0x8A: Push(Long(Take(Take(1)[0]))); break;
            case 0x8B: Push(Long(Take(BinaryPrimitives.ReadInt32LittleEndian(Take(4))))); break;
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case (byte)'U' or 0x8C: Push(Text(Take(1)[0])); break;
            case (byte)'X' or (byte)'T': Push(Text(BinaryPrimitives.ReadInt32LittleEndian(Take(4)))); break;
            case 0x8D: Push(Text(BinaryPrimitives.ReadInt64LittleEndian(Take(8)))); break;
            case (byte)'C': Opaque(Take(1)[0]); break;
            case (byte)'B': Opaque(BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case 0x8E or 0x96: Opaque(BinaryPrimitives.ReadInt64LittleEndian(Take(8))); break;
            case 0x82: Opaque(1); break; // EXT1, EXT2 and EXT4: names of a registry that no file has
            case 0x83: Opaque(2); break;
            case 0x84: Opaque(4); break;
            case (byte)']' or 0x8F: Push(new List<object?>()); break; // a set is a list here
            case (byte)'}': Push(new NamedValues()); break;
            case (byte)')': Push(Array.Empty<object?>()); break;
            case 0x85: Push(PopMany(1)); break;
            case 0x86: Push(PopMany(2)); break;
            case 0x87: Push(PopMany(3)); break;
            case (byte)'t' or 0x91: Push(PopToMark()); break;
            case (byte)'l': Push(PopToMark().ToList()); break;
            case (byte)'d': MakeDictionary(); break;
            case (byte)'a': Append([Pop()]); break;
            case (byte)'e' or 0x90: Append(PopToMark()); break;
            case (byte)'s': SetItems(PopMany(2)); break;
            case (byte)'u': SetItems(PopToMark()); break;
            case (byte)'q': Keep(Take(1)[0]); break;
            case (byte)'r': Keep(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            case 0x94: Keep(_kept); break;
            case (byte)'h': Push(Remembered(Take(1)[0])); break;
            case (byte)'j': Push(Remembered(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case (byte)'c': Push(new PickleGlobal(Line(), Line())); break;
            case 0x93: Push(Global(PopMany(2))); break;
            case (byte)'Q': Push(_objects.Persistent(Pop())); break;
            case (byte)'R' or 0x81: Call(PopMany(2)); break;
            case 0x92: Call(PopMany(3)); break;
            case (byte)'o': Push(PopToMark() is [PickleGlobal type, ..] ? NameOf(type) : PickleOpaque.Unnamed); break;
            case (byte)'b': Pop(); Peek(); break; // BUILD: the state of an object, such as the metadata of a state dict
            default:
                throw new FormatException($"it has the opcode 0x{code:X2} at byte {_position - 1}, which no checkpoint of torch.save has");
        }
    }

    private static void Protocol(byte version)
    {
        if (version is < 2 or > 5)
            throw new FormatException($"it is a pickle of protocol {version}, expected 2 to 5");
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > _bytes.Length - _position)
            throw new FormatException($"it is cut off at byte {_position}");
        _position += (int)count;
        return _bytes.Slice(_position - (int)count, (int)count);
    }

    private object Text(long length)
    {
        try
        {
            return s_utf8.GetString(Take(length));
        }
        catch (DecoderFallbackException)
        {
            return PickleOpaque.Unnamed;
        }
    }

    private string Line()
    {
        int length = _bytes[_position..].IndexOf((byte)'\n');
        string line = Encoding.UTF8.GetString(Take(length));
        _position++;
        return line;
    }

    private static object Long(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        <= sizeof(long) => (long)new BigInteger(bytes),
        <= 2 * sizeof(long) => new BigInteger(bytes),
        _ => PickleOpaque.Unnamed,
    };

    // Python 2 writes true and false as 01 and 00, and an L behind long numbers.
    private static object Decimal(string text) => text switch
    {
        "01" => true,
        "00" => false,
        _ => long.TryParse(text.TrimEnd('L'), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value
            : PickleOpaque.Unnamed,
    };

    private void Opaque(long length)
    {
        Take(length);
        Push(PickleOpaque.Unnamed);
    }

    private void Push(object? value)
    {
        Count();
        _stack.Add(value);
    }

    private void Count()
    {
        if (++_made > MaxValues)
            throw new FormatException($"it holds more than {MaxValues} values, more than any checkpoint");
    }

    private readonly int Bottom => _marks.Count > 0 ? _marks[^1] : 0;

    private readonly object? Peek() =>
        _stack.Count > Bottom ? _stack[^1] : throw new FormatException("it takes a value where there is none");

    private readonly object? Pop()
    {
        object? value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private readonly void PopOrMark()
    {
        if (_marks.Count > 0 && _marks[^1] == _stack.Count)
            PopToMark();
        else
            Pop();
    }

    private readonly object?[] PopMany(int count)
    {
        if (_stack.Count - Bottom < count)
            throw new FormatException("it takes a value where there is none");
        object?[] values = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private readonly object?[] PopToMark()
    {
        if (_marks.Count == 0)
            throw new FormatException("it ends a group that did not begin");
        object?[] values = PopMany(_stack.Count - Bottom);
        _marks.RemoveAt(_marks.Count - 1);
        return values;
    }

    // Python numbers what it keeps one by one, so that no number exceeds the bytes before it.
    private void Keep(long key)
    {
        object? value = Peek();
        if (key > _position || key > MaxValues)
            throw new FormatException($"it keeps a value under the number {key} at byte {_position}");
        while (_memo.Count <= key)
            _memo.Add(s_unset);
        if (_memo[(int)key] == s_unset)
            _kept++;
        _memo[(int)key] = value;
    }

    private readonly object? Remembered(long key) => key < _memo.Count && _memo[(int)key] is var value && value != s_unset
        ? value
        : throw new FormatException($"it asks for the value {key}, which was not kept");

    private readonly void Append(object?[] values)
    {
        if (Peek() is List<object?> list)
            list.AddRange(values);
    }

    private void MakeDictionary()
    {
        object?[] pairs = PopToMark();
        Push(new NamedValues());
        SetItems(pairs);
    }

    private readonly void SetItems(object?[] pairs)
    {
        if (Peek() is not NamedValues dictionary)
            return;
        for (int i = 0; i + 1 < pairs.Length; i += 2)
            Set(dictionary, pairs[i], pairs[i + 1]);
    }

    private static object Global(object?[] names) =>
        names is [string module, string name] ? new PickleGlobal(module, name) : PickleOpaque.Unnamed;

    private static PickleOpaque NameOf(PickleGlobal type) => new($"{type.Module}.{type.Name}");

    private void Call(object?[] call) => Push(TorchObjects.Call(call[0], call[1]));
}
