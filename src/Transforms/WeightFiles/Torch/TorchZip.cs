using System.IO.Hashing;

namespace Smml.MLNet.WeightFiles;

/// <summary>Finds the tensors of a file that <c>torch.save</c> of PyTorch 1.6 or later wrote: a zip archive of a pickle and one entry per
/// storage.</summary>
internal static class TorchZip
{
    private const int MaxPickleBytes = 64 << 20;
    private const string Pickle = "data.pkl";

    /// <summary>The content of the pickle.</summary>
    /// <param name="file">The file.</param>
    /// <param name="expected">What it should be, for messages.</param>
    /// <exception cref="CheckpointFormatException">The file is damaged or another archive.</exception>
    public static object? Read(FileStream file, string expected)
    {
        Dictionary<string, StoredEntry> entries = StoredZip.Read(file);
        string folder = FindFolder(file, entries, expected);
        CheckByteOrder(file, entries, folder);
        TorchObjects objects = new();
        object? root = Parse(file, Content(file, entries, folder + Pickle), objects);
        foreach (StoredStorage storage in objects.Storages.Values)
        {
            if (entries.TryGetValue($"{folder}data/{storage.Key}", out StoredEntry entry))
                storage.Locate(entry.Offset, entry.Length, entry.Checksum);
        }

        return root;
    }

    private static object? Parse(FileStream file, byte[] pickle, TorchObjects objects)
    {
        try
        {
            return PickleReader.Read(pickle, objects, out _);
        }
        catch (FormatException error) when (error is not CheckpointFormatException)
        {
            throw new CheckpointFormatException(
                $"{file.Name}: its data.pkl cannot be read: {error.Message}. Download the file again.", error);
        }
    }

    private static string FindFolder(FileStream file, Dictionary<string, StoredEntry> entries, string expected)
    {
        string[] pickles = [.. entries.Keys.Where(name => name.EndsWith("/" + Pickle, StringComparison.Ordinal))];
        string? problem = pickles switch
        {
            [] => "without",
            [_, _, ..] => "with more than one",
            [var only] => entries[only].Length > MaxPickleBytes ? "with an oversized" : null,
        };
        if (problem is not null)
            throw new CheckpointFormatException(
                $"{file.Name}: found a zip archive {problem} data.pkl, expected a checkpoint of torch.save. Give {expected}.");
        string folder = pickles[0][..^Pickle.Length];
        return entries.ContainsKey(folder + "constants.pkl")
            ? throw new CheckpointFormatException(
                $"{file.Name}: found a TorchScript archive, expected a checkpoint of torch.save. Save the state dict: "
                + "torch.save(model.state_dict(), path).")
            : folder;
    }

    private static void CheckByteOrder(FileStream file, Dictionary<string, StoredEntry> entries, string folder)
    {
        if (!entries.TryGetValue(folder + "byteorder", out StoredEntry entry))
            return;
        if (entry.Length != 6 || !Content(file, entries, folder + "byteorder").AsSpan().SequenceEqual("little"u8))
            throw new CheckpointFormatException(
                $"{file.Name}: found another byte order than little-endian. Load it with PyTorch on a little-endian machine and save it "
                + "again.");
    }

    private static byte[] Content(FileStream file, Dictionary<string, StoredEntry> entries, string name)
    {
        StoredEntry entry = entries[name];
        byte[] bytes = FileBytes.ReadAt(file, entry.Offset, entry.Length);
        uint found = Crc32.HashToUInt32(bytes);
        return found == entry.Checksum
            ? bytes
            : throw FileBytes.Damaged(file, $"the checksum of {name} is {found:X8}, expected {entry.Checksum:X8}");
    }
}
