namespace Smml.MLNet.CueGeneration;

/// <summary>The name of a Python class or function. Nothing of that name is ever looked up or run.</summary>
internal sealed record PickleGlobal(string Module, string Name);

/// <summary>What a pickle would have made by running code; it stands where that would stand and means nothing.</summary>
internal sealed class PickleOpaque
{
    public static PickleOpaque Instance { get; } = new();
}

/// <summary>A persistent identifier: the storage that <c>torch.save</c> put into an entry of its own.</summary>
internal sealed record PickleStorage(string Kind, string Key, long Elements);

/// <summary>A tensor: a view of a storage.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>The number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Whether the elements follow each other, last axis fastest.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int axis = Shape.Length - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && Strides[axis] != expected)
                    return false;
                expected *= Shape[axis];
            }

            return true;
        }
    }
}
