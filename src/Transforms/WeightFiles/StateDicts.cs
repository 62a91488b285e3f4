namespace Smml.MLNet.WeightFiles;

/// <summary>Finds the weights of networks in a file that may hold much more: epochs, arguments, optimizers.</summary>
internal static class StateDicts
{
    private const int MaxDepth = 16;
    private const int MaxListed = 20;

    private static readonly string[] s_optimizers =
        ["optim", "optim_dict", "optimizer", "optimizers", "optimizer_state", "optimizer_state_dict"];

    /// <summary>The dictionaries of a file that hold the weights of a network, in the order of the file: those most of whose values are
    /// tensors. The states of optimizers are none.</summary>
    /// <exception cref="CheckpointFormatException">A tensor of one does not fit its elements.</exception>
    public static IReadOnlyList<StateDict> Find(WeightFile file)
    {
        List<StateDict> found = [];
        Dictionary<object, StateDict?> visited = new(ReferenceEqualityComparer.Instance);
        Visit("", file.Root, 0);
        return found;

        void Visit(string key, object? value, int depth)
        {
            if (value is null || depth > MaxDepth)
                return;
            if (visited.TryGetValue(value, out StateDict? known))
            {
                if (known is not null)
                    found.Add(known.Under(key));
                return;
            }

            StateDict? candidate = value is NamedValues values && IsStateDict(values) ? new(file, key, values) : null;
            visited.Add(value, candidate);
            if (candidate is not null)
                found.Add(candidate);
            if (value is NamedValues container && container.ContainsKey("param_groups"))
                return;
            foreach ((string name, object? child) in WeightFile.ChildrenOf(value))
            {
                if (child is NamedValues or IReadOnlyList<object?> && !s_optimizers.Contains(name, StringComparer.OrdinalIgnoreCase))
                    Visit(key.Length == 0 ? name : $"{key}/{name}", child, depth + 1);
            }
        }
    }

    /// <summary>The weights under a key, or the only ones.</summary>
    /// <param name="file">The file.</param>
    /// <param name="key">For example <c>state_dict</c>; null if the file holds only one.</param>
    /// <exception cref="CheckpointFormatException">There are none, several, or none under the key. The message lists those that there
    /// are.</exception>
    public static StateDict Choose(WeightFile file, string? key = null)
    {
        IReadOnlyList<StateDict> found = Find(file);
        if (found.Count == 0)
            throw new CheckpointFormatException(
                $"{file.Path}: found {Describe(file.Root)}, expected a state dict (a dictionary of tensors) under a key such as "
                + $"'state_dict' or at the top. Give {file.Expected}; of a whole model, save model.state_dict().");
        if (key is null && found.Count == 1)
            return found[0];
        string list = string.Join(", ", found.Take(MaxListed).Select(one => $"'{one.Key}' ({one.Tensors.Count} tensors)"))
            + (found.Count > MaxListed ? ", ..." : "");
        if (key is null)
            throw new CheckpointFormatException($"{file.Path}: found {found.Count} state dicts: {list}. Name one of them by its key.");
        return found.FirstOrDefault(one => one.Key == key)
            ?? throw new CheckpointFormatException($"{file.Path}: found no state dict '{key}', but {list}. Name one of them by its key.");
    }

    private static bool IsStateDict(NamedValues values)
    {
        int tensors = values.Count(pair => pair.Value is StoredTensor);
        return 2 * tensors > values.Count;
    }

    private static string Describe(object? root) => root switch
    {
        NamedValues { Count: 0 } => "an empty dictionary",
        NamedValues values => $"a dictionary ({string.Join(", ", values.Keys.Take(MaxListed))})",
        StoredTensor => "a single tensor, no dictionary",
        PickleOpaque { Name: { } name } => $"an object of {name}, no dictionary",
        _ => "no dictionary",
    };
}
