using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Exchange;

/// <summary>Puts weights of a file into networks, all or none.</summary>
internal static class WeightTransfer
{
    private const int Listed = 10;

    /// <summary>Fills the tensors that scoring needs.</summary>
    /// <param name="networks">Of the sizes that the file's shapes told.</param>
    /// <param name="parts">Which dictionary belongs where.</param>
    /// <param name="dictionaries">One per part.</param>
    /// <param name="isKnown">Whether the networks have a tensor in training, by part and name, or the released ones have it for no
    /// purpose.</param>
    /// <returns>How many tensors of the file were not needed.</returns>
    /// <exception cref="CheckpointFormatException">A tensor is missing, or misshaped, or unknown; or has numbers that are not
    /// finite.</exception>
    public static int Fill(
        IReadOnlyList<SegmentationNetwork> networks,
        IReadOnlyList<WeightPart> parts,
        IReadOnlyList<WeightDictionary> dictionaries,
        Func<WeightPart, string, bool> isKnown)
    {
        using DisposeScope scope = NewDisposeScope();
        List<(WeightDictionary Dictionary, string Name, Tensor Tensor)> taken = [];
        List<string> missing = [], misshaped = [], unknown = [];
        int left = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            (WeightPart part, WeightDictionary dictionary) = (parts[i], dictionaries[i]);
            HashSet<string> needed = [];
            foreach ((string full, Tensor value) in networks.First(network => network.Name == part.Network).ScoringState())
            {
                if (!full.StartsWith(part.Prefix, StringComparison.Ordinal))
                    continue;
                string name = full[part.Prefix.Length..];
                needed.Add(name);
                if (!dictionary.Shapes.TryGetValue(name, out long[]? shape))
                    missing.Add($"{name} [{string.Join(", ", value.shape)}] of {part.Title}");
                else if (!shape.SequenceEqual(value.shape))
                    misshaped.Add($"{name} is [{string.Join(", ", shape)}], expected [{string.Join(", ", value.shape)}]");
                else
                    taken.Add((dictionary, name, value));
            }

            string[] others = [.. dictionary.Shapes.Keys.Where(name => !needed.Contains(name))];
            unknown.AddRange(others.Where(name => !isKnown(part, name)));
            left += others.Length;
        }

        if (missing.Count + misshaped.Count + unknown.Count > 0)
            throw Differs(dictionaries[0].Source, missing, misshaped, unknown);
        using IDisposable guard = no_grad();
        foreach ((WeightDictionary dictionary, string name, Tensor value) in taken)
        {
            float[] numbers = dictionary.Read(name);
            int wrong = Array.FindIndex(numbers, number => !float.IsFinite(number));
            if (wrong >= 0)
            {
                throw new CheckpointFormatException(
                    $"{dictionary.Source}: found {numbers[wrong]} in {name}, expected finite numbers. The training that wrote the file "
                    + "diverged, or the file is damaged; take an earlier checkpoint.");
            }

            using Tensor source = tensor(numbers, value.shape);
            value.copy_(source);
        }

        return left;
    }

    private static CheckpointFormatException Differs(string source, List<string> missing, List<string> misshaped, List<string> unknown)
    {
        string[] lists = [.. new[] { ("missing", missing), ("misshaped", misshaped), ("unknown", unknown) }
            .Where(list => list.Item2.Count > 0)
            .Select(list => $"{list.Item2.Count} {list.Item1}:\n  {string.Join("\n  ", list.Item2.Take(Listed))}"
                + (list.Item2.Count > Listed ? $"\n  and {list.Item2.Count - Listed} more" : ""))];
        return new(
            $"{source}: found weights of another network than expected; nothing was taken.\n{string.Join("\n", lists)}\n"
            + "Name the method, and where shapes do not tell them the window, the students or the dictionary, that the file belongs to.");
    }
}
