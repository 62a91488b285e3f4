namespace Smml.MLNet.WeightFiles;

/// <summary>A run of elements in a file, of which tensors are views.</summary>
/// <param name="key">Its name in the file.</param>
/// <param name="typeName">The type as the file names it.</param>
/// <param name="type">The type of the elements.</param>
/// <param name="elements">The number of elements that the file promises.</param>
internal sealed class StoredStorage(string key, string typeName, ElementType type, long elements)
{
    public string Key => key;

    public string TypeName => typeName;

    public ElementType Type => type;

    public long Elements => elements;

    /// <summary>Whether the file has the elements.</summary>
    public bool IsLocated { get; private set; }

    /// <summary>The byte of the file at which the elements begin.</summary>
    public long FileOffset { get; private set; }

    /// <summary>Bytes of all elements.</summary>
    public long ByteLength { get; private set; }

    /// <summary>The checksum of the bytes; null if the format has none.</summary>
    public uint? Checksum { get; private set; }

    /// <summary>Whether the bytes were compared with the checksum.</summary>
    public bool IsVerified { get; set; }

    /// <summary>Says where the elements are; the caller has checked that they lie inside the file.</summary>
    public void Locate(long fileOffset, long byteLength, uint? checksum = null) =>
        (IsLocated, FileOffset, ByteLength, Checksum) = (true, fileOffset, byteLength, checksum);
}

/// <summary>A tensor of a file: a view of a storage. Its values are read on request.</summary>
internal sealed class StoredTensor
{
    private const int MaxRank = 64;
    private const int MaxExpansion = 64;

    private static readonly Int128 s_huge = (Int128)1 << 62;

    public StoredTensor(StoredStorage storage, long offset, long[] shape, long[] strides)
    {
        (Storage, Offset, Shape, Strides) = (storage, offset, shape, strides);
        Count = shape.Contains(0) ? 0 : (long)shape.Aggregate((Int128)1, (product, size) => Int128.Min(product * size, s_huge));
    }

    public StoredStorage Storage { get; }

    /// <summary>The element of the storage at which the tensor begins.</summary>
    public long Offset { get; }

    /// <summary>The size along each axis.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>How many elements of the storage lie between neighbours, for each axis.</summary>
    public IReadOnlyList<long> Strides { get; }

    public ElementType ElementType => Storage.Type;

    /// <summary>The number of elements; not more than 2^62, whatever the file says.</summary>
    public long Count { get; }

    /// <summary>The byte of the file at which the first element is.</summary>
    public long FileOffset => Storage.FileOffset + (Offset * ElementType.Size);

    /// <summary>Bytes of all elements.</summary>
    public long ByteCount => Count * ElementType.Size;

    /// <summary>Whether the elements follow each other, last axis fastest.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int axis = Shape.Count - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && Strides[axis] != expected)
                    return Count == 0;
                expected *= Shape[axis];
            }

            return true;
        }
    }

    /// <summary>The last element of the storage that the tensor uses.</summary>
    public long Last => (long)LastElement();

    /// <summary>The shape as text, for messages.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape.Take(MaxRank))}]";

    /// <summary>What is wrong with the tensor; null if its elements can be read.</summary>
    /// <param name="name">Its name, for the message.</param>
    /// <param name="fileLength">Bytes of the file.</param>
    public string? FindProblem(string name, long fileLength)
    {
        if (Shape.Count > MaxRank)
            return $"the tensor {name} has {Shape.Count} axes";
        if (!Storage.IsLocated)
            return $"the elements of {name} are missing";
        if (ElementType == ElementType.Unsupported)
            return null;
        bool isInside = Offset >= 0
            && Shape.All(size => size >= 0)
            && Strides.All(stride => stride >= 0)
            && (Count == 0 || LastElement() < Storage.ByteLength / ElementType.Size);
        if (!isInside)
            return $"the tensor {name} of shape {ShapeText} does not fit its {Storage.ByteLength} bytes";
        if (Count > Array.MaxLength)
            return $"the tensor {name} of shape {ShapeText} has more than {Array.MaxLength} elements";
        // A stride of 0 repeats elements, so that few bytes can claim any shape.
        return (Int128)ByteCount > (Int128)fileLength * MaxExpansion
            ? $"the tensor {name} of shape {ShapeText} repeats its {Storage.ByteLength} bytes too often"
            : null;
    }

    private Int128 LastElement()
    {
        Int128 last = Offset;
        for (int axis = 0; axis < Shape.Count; axis++)
            last = Int128.Min(last + ((Int128)(Shape[axis] - 1) * Strides[axis]), s_huge);
        return last;
    }
}
