namespace Smml.MLNet.Networks;

/// <summary>The dictionaries of weights that a file holds.</summary>
/// <param name="path">The file.</param>
/// <param name="dictionaries">In the order of the file.</param>
internal sealed class WeightFileContents(string path, IReadOnlyList<WeightDictionary> dictionaries)
{
    // What training scripts call the weights of a model, beside which they keep others.
    private static readonly string[] s_usual = ["state_dict", "model_state_dict", "model"];

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>The dictionaries.</summary>
    public IReadOnlyList<WeightDictionary> Dictionaries => dictionaries;

    /// <summary>The dictionary of a name, else the only one, else the one with a usual name.</summary>
    /// <exception cref="CheckpointFormatException">There is none, or several.</exception>
    public WeightDictionary Single(string? name)
    {
        if (name is not null)
            return Named(name);
        if (dictionaries.Count == 1)
            return dictionaries[0];
        return s_usual.Select(usual => dictionaries.FirstOrDefault(one => one.Name == usual)).FirstOrDefault(one => one is not null)
            ?? throw new CheckpointFormatException(
                $"{path}: found {dictionaries.Count} dictionaries of weights{Names()}, expected one. Name the one to take.");
    }

    /// <summary>The dictionary of a name, or the tensors of the only dictionary whose names begin with it.</summary>
    /// <exception cref="CheckpointFormatException">There is none.</exception>
    public WeightDictionary Named(string name)
    {
        if (dictionaries.FirstOrDefault(one => one.Name == name) is { } named)
            return named;
        return dictionaries is [WeightDictionary only] && only.Below($"{name}.") is { Shapes.Count: > 0 } below
            ? below
            : throw new CheckpointFormatException(
                $"{path}: found {dictionaries.Count} dictionaries of weights{Names()}, expected one named {name}. "
                + "Give the file that the training wrote.");
    }

    /// <summary>The two networks of a dictionary whose names all begin with one of two words, with the same names behind them; null where
    /// there is none such.</summary>
    public IReadOnlyList<WeightDictionary>? Halves()
    {
        if (dictionaries is not [WeightDictionary only])
            return null;
        IGrouping<string, string>[] halves =
            [.. only.Shapes.Keys.Where(name => name.Contains('.', StringComparison.Ordinal)).GroupBy(name => name.Split('.')[0])];
        if (halves.Length != 2 || halves.Sum(half => half.Count()) != only.Shapes.Count)
            return null;
        WeightDictionary[] parts = [.. halves.OrderBy(half => half.Key, StringComparer.Ordinal).Select(half => only.Below($"{half.Key}."))];
        return parts[0].Shapes.Keys.ToHashSet().SetEquals(parts[1].Shapes.Keys) ? parts : null;
    }

    private string Names() => dictionaries.Count == 0 ? "" : $" ({string.Join(", ", dictionaries.Select(one => $"'{one.Name}'"))})";
}

/// <summary>A dictionary of weights in a file.</summary>
/// <param name="Source">The file.</param>
/// <param name="Name">Under which name the file holds it; empty for the whole file.</param>
/// <param name="Shapes">The shapes of the tensors by name.</param>
/// <param name="Read">Reads a tensor as single precision, last axis fastest.</param>
internal sealed record WeightDictionary(
    string Source, string Name, IReadOnlyDictionary<string, long[]> Shapes, Func<string, float[]> Read)
{
    /// <summary>The tensors whose names begin so, without that.</summary>
    public WeightDictionary Below(string prefix) => this with
    {
        Shapes = Shapes.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value, StringComparer.Ordinal),
        Read = name => Read(prefix + name),
    };
}
