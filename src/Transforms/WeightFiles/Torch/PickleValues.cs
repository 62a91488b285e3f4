namespace Smml.MLNet.WeightFiles;

/// <summary>The name of a Python class or function. Nothing of that name is ever looked up or run.</summary>
internal sealed record PickleGlobal(string Module, string Name);

/// <summary>What a pickle would have made by running code; it stands where that would stand and means nothing.</summary>
/// <param name="Name">The class or function, for messages; null if it has no name.</param>
internal sealed record PickleOpaque(string? Name)
{
    public static PickleOpaque Unnamed { get; } = new(Name: null);
}

/// <summary>A persistent identifier: a storage, or a part of one, whose elements lie elsewhere in the file.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Offset">The element at which the part begins.</param>
internal sealed record PickleStorage(StoredStorage Storage, long Offset);
