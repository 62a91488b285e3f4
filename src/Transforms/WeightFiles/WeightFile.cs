using System.Globalization;
using Smml.MLNet.Checksums;

namespace Smml.MLNet.WeightFiles;

/// <summary>A file of trained weights: a checkpoint of <c>torch.save</c> or a <c>.safetensors</c> file. Nothing of it is run, and no
/// weights are read before they are asked for.</summary>
internal sealed class WeightFile
{
    private const int MaxDepth = 16;
    private const int StartBytes = 512;
    private const int TarMagic = 257;
    private const string AnyWeights = "a checkpoint of torch.save (.pth, .pt) or a .safetensors file";

    private readonly Lazy<string> _sha256;
    private readonly Lazy<IReadOnlyDictionary<string, StoredTensor>> _tensors;

    private WeightFile(
        string path, long length, WeightFileKind kind, object? root, string expected, IReadOnlyDictionary<string, string> metadata)
    {
        (Path, Length, Kind, Root, Expected, Metadata) = (path, length, kind, root, expected, metadata);
        _sha256 = new(() => Checksums.Sha256.HexOfFile(path));
        _tensors = new(FindTensors);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The format.</summary>
    public WeightFileKind Kind { get; }

    /// <summary>What the file holds; see <see cref="NamedValues"/> for the types of values.</summary>
    public object? Root { get; }

    /// <summary>What the file should be, for messages.</summary>
    public string Expected { get; }

    /// <summary>The texts under <c>__metadata__</c> in a safetensors file; empty for other formats.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>The hash of the file, computed when it is first asked for.</summary>
    public string Sha256 => _sha256.Value;

    /// <summary>All tensors by path, for example <c>state_dict/module.conv.weight</c>, those of optimizers too. Some may not be readable:
    /// <see cref="StateDicts"/> checks those of networks.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors.Value;

    /// <summary>Opens a file. The content decides the format, not the extension.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it should be, for messages, for example "the published checkpoint of RFNet".</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged or of another format.</exception>
    public static WeightFile Open(string path, string? expected = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        expected ??= AnyWeights;
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: there is no such file. Give {expected}.", path);
        using FileStream file = FileBytes.Open(path);
        byte[] start = FileBytes.ReadAt(file, 0, Math.Min(StartBytes, file.Length));
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        (WeightFileKind kind, object? root) = start switch
        {
            [(byte)'P', (byte)'K', 3, 4, ..] => (WeightFileKind.TorchZip, TorchZip.Read(file, expected)),
            [_, _, _, _, _, _, _, _, (byte)'{', ..] => (WeightFileKind.SafeTensors, SafeTensorsReader.Read(file, metadata)),
            [0x80, ..] when TorchLegacy.IsMagic(start) => (WeightFileKind.TorchLegacy, TorchLegacy.Read(file)),
            _ => throw Unknown(file, start, expected),
        };
        return new(path, file.Length, kind, root, expected, metadata);
    }

    /// <summary>The elements of a tensor of <see cref="Tensors"/> as 32-bit floats.</summary>
    /// <param name="name">The path of the tensor.</param>
    /// <param name="convertIntegers">Whether whole numbers are converted; false: they are refused.</param>
    /// <exception cref="CheckpointFormatException">There is no such tensor, its elements are of another type, or the file is damaged or has
    /// changed.</exception>
    public float[] ReadSingles(string name, bool convertIntegers = false) =>
        TensorReader.ReadSingles(Path, name, Find(Tensors, name), convertIntegers);

    /// <summary>The elements of a tensor of whole numbers.</summary>
    /// <inheritdoc cref="ReadSingles"/>
    public long[] ReadIntegers(string name) => TensorReader.ReadIntegers(Path, name, Find(Tensors, name));

    /// <summary>The tensor of a name.</summary>
    /// <exception cref="CheckpointFormatException">There is none.</exception>
    public StoredTensor Find(IReadOnlyDictionary<string, StoredTensor> tensors, string name) => tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new CheckpointFormatException($"{Path}: found {tensors.Count} tensors, but not {name}. Give {Expected}.");

    /// <summary>The values of a dictionary, list or tuple with their names; nothing for other values.</summary>
    public static IEnumerable<(string Name, object? Value)> ChildrenOf(object? value) => value switch
    {
        NamedValues dictionary => dictionary.Select(pair => (pair.Key, pair.Value)),
        IReadOnlyList<object?> list => list.Select((item, index) => (index.ToString(CultureInfo.InvariantCulture), item)),
        _ => [],
    };

    private static CheckpointFormatException Unknown(FileStream file, byte[] start, string expected)
    {
        bool isTar = start.Length == StartBytes && start.AsSpan(TarMagic).StartsWith("ustar"u8);
        return new(isTar
            ? $"{file.Name}: found the .tar format of before PyTorch 0.1.10, expected a later one. Load it with PyTorch and save it with "
                + "torch.save."
            : $"{file.Name}: found the first bytes {Convert.ToHexString(start.AsSpan(0, Math.Min(4, start.Length)))}, expected 504B0304 "
                + "(the zip archive that torch.save writes), a checkpoint of before PyTorch 1.6, or the header of a .safetensors file. "
                + $"Give {expected}.");
    }

    // Each container is visited once: a pickle can hold one under many names, and in itself.
    private OrderedDictionary<string, StoredTensor> FindTensors()
    {
        OrderedDictionary<string, StoredTensor> found = new(StringComparer.Ordinal);
        HashSet<object> visited = new(ReferenceEqualityComparer.Instance);
        Visit("", Root, 0);
        return found;

        void Visit(string path, object? value, int depth)
        {
            if (value is StoredTensor tensor)
                found.TryAdd(path, tensor);
            if (value is null || depth > MaxDepth || !visited.Add(value))
                return;
            foreach ((string name, object? child) in ChildrenOf(value))
            {
                if (child is StoredTensor or NamedValues or IReadOnlyList<object?>)
                    Visit(path.Length == 0 ? name : $"{path}/{name}", child, depth + 1);
            }
        }
    }
}
