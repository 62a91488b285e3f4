using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Smml.MLNet.WeightFiles;

/// <summary>Writes the pickle of a state dict (protocol 2), with no more than <c>torch.load(weights_only=True)</c> allows.</summary>
internal sealed class PickleWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>Begins a pickle.</summary>
    public PickleWriter() => Add([0x80, 2]);

    /// <summary>Ends the pickle.</summary>
    public byte[] ToArray()
    {
        Add("."u8);
        return _bytes.WrittenSpan.ToArray();
    }

    /// <summary>Begins a plain dictionary.</summary>
    public void BeginDictionary() => Add("}("u8);

    /// <summary>Begins a <c>collections.OrderedDict</c>.</summary>
    public void BeginOrderedDictionary() => Add("ccollections\nOrderedDict\n)R("u8);

    /// <summary>Ends a dictionary whose keys and values were written in turn.</summary>
    public void EndDictionary() => Add("u"u8);

    /// <summary>Writes text.</summary>
    public void Write(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Add("X"u8);
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.GetSpan(sizeof(int)), utf8.Length);
        _bytes.Advance(sizeof(int));
        Add(utf8);
    }

    /// <summary>Writes a contiguous tensor whose elements are a storage of their own.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="key">The name of the entry with the elements.</param>
    public void Write(WeightTensor tensor, string key)
    {
        Add("ctorch._utils\n_rebuild_tensor_v2\n(("u8);
        Write("storage");
        Add("ctorch\n"u8);
        Add(Encoding.ASCII.GetBytes(tensor.Type.StorageName));
        Add("\n"u8);
        Write(key);
        Write("cpu");
        Write(tensor.Count);
        Add("tQK\0("u8); // the end of the persistent identifier, the offset 0, the shape
        foreach (long size in tensor.Shape)
            Write(size);
        Add("t("u8);
        foreach (long stride in Strides(tensor.Shape))
            Write(stride);
        Add([(byte)'t', 0x89]); // the end of the strides, no gradient
        Add("ccollections\nOrderedDict\n)RtR"u8); // no hooks
    }

    private static long[] Strides(IReadOnlyList<long> shape)
    {
        long[] strides = new long[shape.Count];
        long next = 1;
        for (int axis = shape.Count - 1; axis >= 0; axis--)
        {
            strides[axis] = next;
            next = checked(next * Math.Max(1, shape[axis]));
        }

        return strides;
    }

    private void Write(long number)
    {
        Span<byte> bytes = stackalloc byte[2 + sizeof(long)];
        if (number is >= 0 and <= byte.MaxValue)
        {
            Add([(byte)'K', (byte)number]);
        }
        else if (number is >= int.MinValue and <= int.MaxValue)
        {
            bytes[0] = (byte)'J';
            BinaryPrimitives.WriteInt32LittleEndian(bytes[1..], (int)number);
            Add(bytes[..(1 + sizeof(int))]);
        }
        else
        {
            (bytes[0], bytes[1]) = (0x8A, sizeof(long));
            BinaryPrimitives.WriteInt64LittleEndian(bytes[2..], number);
            Add(bytes);
        }
    }

    private void Add(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);
}
