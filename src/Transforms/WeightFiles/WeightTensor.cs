using System.Runtime.InteropServices;

namespace Smml.MLNet.WeightFiles;

/// <summary>A tensor to be written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">The size along each axis.</param>
/// <param name="Type">The type of the elements.</param>
/// <param name="Read">Gives the elements, little-endian, last axis fastest, in parts; called once, when the tensor is written. A part is
/// written before the next is asked for.</param>
internal sealed record WeightTensor(
    string Name, IReadOnlyList<long> Shape, ElementType Type, Func<IEnumerable<ReadOnlyMemory<byte>>> Read)
{
    private const int PartElements = 1 << 18;

    /// <summary>The number of elements.</summary>
    /// <exception cref="OverflowException">It does not fit 64 bits.</exception>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Bytes of all elements.</summary>
    /// <exception cref="OverflowException">They do not fit 64 bits.</exception>
    public long ByteCount => checked(Count * Type.Size);

    /// <summary>A tensor of 32-bit floats.</summary>
    public static WeightTensor OfSingles(string name, IReadOnlyList<long> shape, ReadOnlyMemory<float> values) =>
        OfSingles(name, shape, () => values);

    /// <summary>A tensor of 32-bit floats that are fetched when it is written.</summary>
    public static WeightTensor OfSingles(string name, IReadOnlyList<long> shape, Func<ReadOnlyMemory<float>> values) =>
        new(name, shape, ElementType.Float32, () => Parts(values()));

    /// <summary>A tensor of 64-bit whole numbers.</summary>
    public static WeightTensor OfIntegers(string name, IReadOnlyList<long> shape, ReadOnlyMemory<long> values) =>
        new(name, shape, ElementType.Int64, () => Parts(values));

    /// <summary>Checks tensors before anything is written.</summary>
    /// <exception cref="ArgumentException">A name stands twice, a size is negative, or a type cannot be written.</exception>
    public static void Check(IReadOnlyList<WeightTensor> tensors)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (WeightTensor tensor in tensors)
        {
            if (tensor.Type == ElementType.Unsupported || tensor.Shape.Any(size => size < 0) || !names.Add(tensor.Name))
                throw new ArgumentException(
                    $"found the tensor {tensor.Name} twice, with a negative size or of no type, expected names that differ, sizes of at "
                    + "least 0 and a type.",
                    nameof(tensors));
        }
    }

    /// <summary>Gives the elements to a writer.</summary>
    /// <exception cref="InvalidOperationException">There are fewer or more than the shape says.</exception>
    public void CopyTo(Action<ReadOnlySpan<byte>> write)
    {
        long written = 0, expected = ByteCount;
        foreach (ReadOnlyMemory<byte> part in Read())
        {
            written += part.Length;
            if (written > expected)
                break;
            write(part.Span);
        }

        if (written != expected)
            throw new InvalidOperationException($"found at least {written} bytes for the tensor {Name}, expected {expected}.");
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Parts<T>(ReadOnlyMemory<T> values)
        where T : unmanaged
    {
        byte[] buffer = new byte[Math.Min(PartElements, values.Length) * Marshal.SizeOf<T>()];
        for (int done = 0; done < values.Length; done += PartElements)
        {
            ReadOnlySpan<byte> part = MemoryMarshal.AsBytes(values.Span.Slice(done, Math.Min(PartElements, values.Length - done)));
            part.CopyTo(buffer);
            yield return buffer.AsMemory(0, part.Length);
        }
    }
}
