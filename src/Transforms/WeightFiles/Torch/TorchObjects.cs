using System.Numerics;

namespace Smml.MLNet.WeightFiles;

/// <summary>The list of what a pickle of <c>torch.save</c> may make: dictionaries and tensors. Every other call is opaque.</summary>
/// <remarks>Source: <c>torch/_utils.py</c> and <c>torch/serialization.py</c>.</remarks>
internal sealed class TorchObjects
{
    private readonly Dictionary<string, StoredStorage> _storages = new(StringComparer.Ordinal);

    /// <summary>The storages by key.</summary>
    public IReadOnlyDictionary<string, StoredStorage> Storages => _storages;

    /// <summary>What a persistent identifier stands for.</summary>
    /// <exception cref="FormatException">Two identifiers of one storage contradict each other.</exception>
    public object Persistent(object? identifier) => identifier switch
    {
        object?[] and ["storage", PickleGlobal kind, string key, _, long elements, object?[] and [_, long offset, long]] =>
            new PickleStorage(Storage(kind, key, elements), offset),
        object?[] and ["storage", PickleGlobal kind, string key, _, long elements, ..] =>
            new PickleStorage(Storage(kind, key, elements), 0),
        object?[] and ["module", PickleGlobal container, ..] => container,
        _ => PickleOpaque.Unnamed,
    };

    /// <summary>What a call would have made.</summary>
    /// <param name="function">A class or function.</param>
    /// <param name="arguments">A tuple.</param>
    public static object Call(object? function, object? arguments) => (function, arguments) switch
    {
        (PickleGlobal { Module: "torch._tensor", Name: "_rebuild_from_type_v2" },
            object?[] and [PickleGlobal inner, _, object?[] given, ..]) => Make(inner, given),
        (PickleGlobal global, object?[] given) => Make(global, given),
        (PickleGlobal global, _) => new PickleOpaque($"{global.Module}.{global.Name}"),
        _ => PickleOpaque.Unnamed,
    };

    private static object Make(PickleGlobal function, object?[] arguments) => (function.Module, function.Name, arguments) switch
    {
        ("collections", "OrderedDict", []) or ("collections", "defaultdict", _) => new NamedValues(),
        ("collections", "OrderedDict", [List<object?> pairs]) => OfPairs(pairs), // Python 2
        ("torch._utils", "_rebuild_tensor_v2" or "_rebuild_tensor", [PickleStorage storage, _, object?[] shape, object?[] strides, ..])
            when Whole(arguments[1]) is { } offset && Numbers(shape) is { } sizes && Numbers(strides) is { } steps
            && sizes.Length == steps.Length => new StoredTensor(storage.Storage, Add(storage.Offset, offset), sizes, steps),
        ("torch._utils", "_rebuild_parameter" or "_rebuild_parameter_with_state", [StoredTensor data, ..]) => data,
        ("torch", "Size", [object?[] shape]) => shape,
        _ => new PickleOpaque($"{function.Module}.{function.Name}"),
    };

    private static NamedValues OfPairs(List<object?> pairs)
    {
        NamedValues values = [];
        foreach (object? pair in pairs)
        {
            if (pair is IReadOnlyList<object?> and [{ } key, var value])
                PickleReader.Set(values, key, value);
        }

        return values;
    }

    // The sum of two numbers of the file, or -1, which no tensor has.
    private static long Add(long first, long second) => first < 0 || second < 0 || first > long.MaxValue - second ? -1 : first + second;

    private static long[]? Numbers(object?[] values) =>
        values.All(value => Whole(value) is not null) ? [.. values.Select(value => Whole(value)!.Value)] : null;

    private static long? Whole(object? value) => value switch
    {
        long number => number,
        BigInteger => -1,
        _ => null,
    };

    private StoredStorage Storage(PickleGlobal kind, string key, long elements)
    {
        ElementType type = kind.Module is "torch" or "torch.cuda" or "torch.storage"
            ? ElementTypes.OfStorage(kind.Name)
            : ElementType.Unsupported;
        if (!_storages.TryGetValue(key, out StoredStorage? storage))
        {
            storage = new(key, kind.Name, type, elements);
            _storages.Add(key, storage);
        }

        return storage.Elements == elements && storage.TypeName == kind.Name && storage.Type == type
            ? storage
            : throw new FormatException($"the storage {key} has {storage.Elements} elements of {storage.TypeName}, and elsewhere "
                + $"{elements} of {kind.Name}");
    }
}
