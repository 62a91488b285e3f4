using System.Globalization;
using Smml.MLNet.Files;

namespace Smml.MLNet.WeightFiles;

/// <summary>The tensors under one key of a file.</summary>
/// <param name="Key">For example <c>state_dict</c>.</param>
/// <param name="Tensors">The tensors.</param>
internal sealed record NamedWeights(string Key, IReadOnlyList<WeightTensor> Tensors);

/// <summary>Writes files that <c>torch.load</c> reads, also with <c>weights_only=True</c> (PyTorch 1.13 and later). Equal input gives equal
/// bytes.</summary>
internal static class TorchWriter
{
    private const string Folder = "archive/";

    /// <summary>Writes one state dict, an <c>OrderedDict</c> of tensors.</summary>
    /// <param name="path">The file to create or to replace as a whole; its folder must exist.</param>
    /// <param name="tensors">The tensors.</param>
    /// <exception cref="ArgumentException">A name stands twice, or a shape or type cannot be written.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<WeightTensor> tensors)
    {
        WeightTensor[] all = [.. tensors];
        PickleWriter pickle = new();
        WriteStateDict(pickle, all, 0);
        Write(path, pickle, all);
    }

    /// <summary>Writes a dictionary of state dicts, for example <c>{"state_dict": OrderedDict}</c>.</summary>
    /// <param name="path">The file to create or to replace as a whole; its folder must exist.</param>
    /// <param name="dictionaries">The state dicts.</param>
    /// <param name="texts">Texts beside them; null for none.</param>
    /// <exception cref="ArgumentException">A name stands twice, or a shape or type cannot be written.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(
        string path, IReadOnlyList<NamedWeights> dictionaries, IReadOnlyDictionary<string, string>? texts = null)
    {
        texts ??= new Dictionary<string, string>();
        string[] keys = [.. dictionaries.Select(one => one.Key).Concat(texts.Keys)];
        if (keys.Distinct(StringComparer.Ordinal).Count() != keys.Length)
            throw new ArgumentException("found a key twice, expected keys that differ.", nameof(dictionaries));
        PickleWriter pickle = new();
        pickle.BeginDictionary();
        int first = 0;
        foreach (NamedWeights one in dictionaries)
        {
            pickle.Write(one.Key);
            WriteStateDict(pickle, one.Tensors, first);
            first += one.Tensors.Count;
        }

        foreach ((string key, string text) in texts.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            pickle.Write(key);
            pickle.Write(text);
        }

        pickle.EndDictionary();
        Write(path, pickle, [.. dictionaries.SelectMany(one => one.Tensors)]);
    }

    private static void WriteStateDict(PickleWriter pickle, IReadOnlyList<WeightTensor> tensors, int first)
    {
        WeightTensor.Check(tensors);
        pickle.BeginOrderedDictionary();
        foreach ((int index, WeightTensor tensor) in tensors.Index())
        {
            pickle.Write(tensor.Name);
            pickle.Write(tensor, KeyOf(first + index));
        }

        pickle.EndDictionary();
    }

    private static void Write(string path, PickleWriter pickle, IReadOnlyList<WeightTensor> tensors) => SafeFile.Replace(path, file =>
    {
        StoredZipWriter zip = new(file);
        zip.Add(Folder + "data.pkl", pickle.ToArray());
        zip.Add(Folder + "byteorder", "little"u8);
        foreach ((int index, WeightTensor tensor) in tensors.Index())
            zip.Add($"{Folder}data/{KeyOf(index)}", tensor.ByteCount, tensor.CopyTo);
        zip.Add(Folder + "version", "3\n"u8);
        zip.Finish();
    });

    private static string KeyOf(int index) => index.ToString(CultureInfo.InvariantCulture);
}
