using System.Runtime.InteropServices;

namespace Smml.MLNet.CueGeneration;

/// <summary>A tensor of a checkpoint: 32-bit floats, last axis fastest.</summary>
/// <param name="Shape">The size along each axis.</param>
/// <param name="Offset">The byte of the file at which the elements begin.</param>
/// <param name="Length">Bytes of all elements.</param>
internal sealed record CheckpointTensor(long[] Shape, long Offset, long Length);

/// <summary>The tensors of a <c>.pth</c> file of <c>torch.save</c>, found without running anything of
/// it and without reading the weights.</summary>
internal sealed class TorchCheckpoint
{
    private const int MaxPickleBytes = 64 << 20;

    private TorchCheckpoint(string path, Dictionary<string, CheckpointTensor> tensors) => (Path, Tensors) = (path, tensors);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The tensors by name; a prefix <c>module.</c> that all have is taken off.</summary>
    public IReadOnlyDictionary<string, CheckpointTensor> Tensors { get; }

    /// <summary>Reads the list of tensors: that under <c>model_state_dict</c>, or the file's own when it is one.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged, of an older format, or
    /// holds no state dict of 32-bit floats.</exception>
    public static TorchCheckpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException(
                $"{path}: there is no such file. Give the downloaded checkpoint, for example sam_med3d_turbo.pth.", path);
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        CheckMagic(file);
        Dictionary<string, (long Offset, long Length)> entries = StoredZip.Read(file);
        string? pickle = entries.Keys.FirstOrDefault(name => name.EndsWith("/data.pkl", StringComparison.Ordinal));
        if (pickle is null || entries[pickle].Length > MaxPickleBytes)
            throw new CheckpointFormatException(
                $"{path}: found a zip archive {(pickle is null ? "without" : "with an oversized")} data.pkl, "
                + "expected a checkpoint of torch.save. Give the downloaded .pth file.");
        Dictionary<object, object?> state = ReadState(file, StoredZip.ReadAt(file, entries[pickle].Offset, (int)entries[pickle].Length));
        string folder = pickle[..^"data.pkl".Length];
        (string Name, PickleTensor Tensor)[] tensors =
        [
            .. state
                .Where(pair => pair is { Key: string, Value: PickleTensor })
                .Select(pair => ((string)pair.Key, (PickleTensor)pair.Value!)),
        ];
        if (tensors.Length == 0)
            throw new CheckpointFormatException(
                $"{path}: found no tensor, expected a state dict under 'model_state_dict' or at the top. Give the downloaded .pth file.");
        const string Prefix = "module.";
        int skip = tensors.All(tensor => tensor.Name.StartsWith(Prefix, StringComparison.Ordinal)) ? Prefix.Length : 0;
        return new(path, tensors.ToDictionary(
            tensor => tensor.Name[skip..], tensor => Locate(file, entries, folder, tensor.Name, tensor.Tensor), StringComparer.Ordinal));
    }

    /// <summary>The elements of a tensor.</summary>
    /// <exception cref="CheckpointFormatException">The file has changed since.</exception>
    public float[] Read(string name)
    {
        CheckpointTensor tensor = Tensors[name];
        using FileStream file = new(Path, FileMode.Open, FileAccess.Read, FileShare.Read);
        return MemoryMarshal.Cast<byte, float>(StoredZip.ReadAt(file, tensor.Offset, checked((int)tensor.Length))).ToArray();
    }

    private static void CheckMagic(FileStream file)
    {
        byte[] start = StoredZip.ReadAt(file, 0, (int)Math.Min(4, file.Length));
        if (start.AsSpan().SequenceEqual("PK\u0003\u0004"u8))
            return;
        bool isPickle = start is [0x80, 2, ..];
        throw new CheckpointFormatException(isPickle
            ? $"{file.Name}: found a checkpoint of the format before PyTorch 1.6, expected the zip format. "
                + "Download it again, or load it with PyTorch and save it with torch.save."
            : $"{file.Name}: found the first bytes {Convert.ToHexString(start)}, expected 504B0304 (the zip archive that torch.save "
                + "writes). Download the .pth file again.");
    }

    private static Dictionary<object, object?> ReadState(FileStream file, byte[] pickle)
    {
        try
        {
            Dictionary<object, object?>? all = PickleReader.Read(pickle) as Dictionary<object, object?>;
            return all?.GetValueOrDefault("model_state_dict") as Dictionary<object, object?> ?? all
                ?? throw new FormatException("it holds no dictionary");
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            throw new CheckpointFormatException(
                $"{file.Name}: its data.pkl cannot be read: {error.Message}. Download the file again.", error);
        }
    }

    private static CheckpointTensor Locate(
        FileStream file, Dictionary<string, (long Offset, long Length)> entries, string folder, string name, PickleTensor tensor)
    {
        const int Size = sizeof(float);
        if (tensor.Storage.Kind != "FloatStorage")
            throw new CheckpointFormatException(
                $"{file.Name}: found the tensor {name} of {tensor.Storage.Kind}, expected 32-bit floats. Give the published checkpoint.");
        if (!entries.TryGetValue($"{folder}data/{tensor.Storage.Key}", out (long Offset, long Length) entry))
            throw StoredZip.Damaged(file, $"the elements of {name} are missing");
        bool isInside = tensor.Shape.All(size => size is >= 0 and <= int.MaxValue) && tensor.Offset >= 0 && tensor.IsContiguous
            && tensor.Shape.Aggregate((Int128)1, (product, size) => Int128.Min(product * size, (Int128)1 << 62)) is var count
            && (count + tensor.Offset) * Size <= entry.Length;
        return isInside
            ? new(tensor.Shape, entry.Offset + (tensor.Offset * Size), tensor.Count * Size)
            : throw StoredZip.Damaged(
                file, $"the tensor {name} of shape [{string.Join(", ", tensor.Shape)}] does not fit its {entry.Length} bytes");
    }
}
