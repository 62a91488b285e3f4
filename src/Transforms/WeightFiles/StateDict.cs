namespace Smml.MLNet.WeightFiles;

/// <summary>The weights of a network: a dictionary of tensors in a file.</summary>
internal sealed class StateDict
{
    private readonly WeightFile _file;

    /// <summary>Takes the tensors of a dictionary; all of them are checked.</summary>
    /// <exception cref="CheckpointFormatException">A tensor does not fit its elements.</exception>
    public StateDict(WeightFile file, string key, NamedValues values)
    {
        const string Prefix = "module.";
        (_file, Key) = (file, key);
        (string Name, StoredTensor Tensor)[] tensors =
        [
            .. values.Where(pair => pair.Value is StoredTensor).Select(pair => (pair.Key, (StoredTensor)pair.Value!)),
        ];
        foreach ((string name, StoredTensor tensor) in tensors)
        {
            if (tensor.FindProblem(name, file.Length) is { } problem)
                throw new CheckpointFormatException(
                    $"{file.Path}: the file is damaged or cut short: {problem} ({file.Length} bytes on disk). Download it again.");
        }

        HadModulePrefix = tensors.Length > 0 && tensors.All(tensor => tensor.Name.StartsWith(Prefix, StringComparison.Ordinal));
        int skip = HadModulePrefix ? Prefix.Length : 0;
        OrderedDictionary<string, StoredTensor> named = new(tensors.Length, StringComparer.Ordinal);
        foreach ((string name, StoredTensor tensor) in tensors)
            named.Add(name[skip..], tensor);
        Tensors = named;
        OtherNames =
        [
            .. values
                .Where(pair => pair.Value is not StoredTensor)
                .Select(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal) ? pair.Key[skip..] : pair.Key),
        ];
    }

    private StateDict(StateDict other, string key) => (_file, Key, HadModulePrefix, Tensors, OtherNames) =
        (other._file, key, other.HadModulePrefix, other.Tensors, other.OtherNames);

    /// <summary>Where it is in the file, for example <c>state_dict</c>; empty if the file itself is the dictionary.</summary>
    public string Key { get; }

    /// <summary>The file, what it is and its hash.</summary>
    public WeightFile File => _file;

    /// <summary>Whether all names began with <c>module.</c>, which DataParallel adds; it was taken off.</summary>
    public bool HadModulePrefix { get; }

    /// <summary>The tensors by name, in the order of the file.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>The names of entries that are not tensors, or of a kind that is not known here.</summary>
    public IReadOnlyList<string> OtherNames { get; }

    /// <summary>The elements of a tensor as 32-bit floats.</summary>
    /// <inheritdoc cref="WeightFile.ReadSingles"/>
    public float[] ReadSingles(string name, bool convertIntegers = false) =>
        TensorReader.ReadSingles(_file.Path, name, _file.Find(Tensors, name), convertIntegers);

    /// <summary>The elements of a tensor of whole numbers.</summary>
    /// <inheritdoc cref="WeightFile.ReadSingles"/>
    public long[] ReadIntegers(string name) => TensorReader.ReadIntegers(_file.Path, name, _file.Find(Tensors, name));

    /// <summary>The same weights under another key of the file.</summary>
    public StateDict Under(string key) => new(this, key);
}
