using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>The weights of a model in a row: network after network, tensors in ordinal order of their names. Names and
/// shapes follow from the architecture.</summary>
internal static class NetworkWeights
{
    /// <summary>The weights that scoring needs, in parts that are made one by one; the last one is filled up with zeros.</summary>
    public static IEnumerable<float[]> Parts(IReadOnlyList<SegmentationNetwork> networks)
    {
        KeyValuePair<string, Tensor>[] tensors = [.. networks.SelectMany(network => network.ScoringState())];
        long rest = tensors.Sum(pair => pair.Value.numel());
        float[] part = [];
        int filled = 0;
        foreach ((_, Tensor value) in tensors)
        {
            float[] numbers = Numbers(value);
            for (int taken = 0; taken < numbers.Length;)
            {
                if (filled == part.Length)
                    (part, filled) = (
                        new float[Math.Min(
                            StageWeights.DefaultPartSize, (rest + StageWeights.Granule - 1) / StageWeights.Granule * StageWeights.Granule)],
                        0);
                int count = Math.Min(numbers.Length - taken, part.Length - filled);
                numbers.AsSpan(taken, count).CopyTo(part.AsSpan(filled));
                (taken, filled, rest) = (taken + count, filled + count, rest - count);
                if (filled == part.Length || rest == 0)
                    yield return part;
            }
        }
    }

    /// <summary>The weights that scoring needs, in one piece.</summary>
    public static float[] Copy(IReadOnlyList<SegmentationNetwork> networks) =>
        [.. networks.SelectMany(network => network.ScoringState()).SelectMany(pair => Numbers(pair.Value))];

    /// <summary>How many weights scoring needs, and their hash: SHA-256 of them as 32-bit little-endian floats, lower-case hexadecimal. The
    /// header carries both.</summary>
    public static (long Count, string Hash) Describe(IReadOnlyList<SegmentationNetwork> networks)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long count = 0;
        foreach ((_, Tensor value) in networks.SelectMany(network => network.ScoringState()))
        {
            float[] numbers = Numbers(value);
            hash.AppendData(MemoryMarshal.AsBytes(numbers.AsSpan()));
            count += numbers.Length;
        }

        return (count, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Gives networks the weights that were written of others of the same sizes.</summary>
    public static void Fill(IReadOnlyList<SegmentationNetwork> networks, ReadOnlySpan<float> weights)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        int position = 0;
        foreach ((_, Tensor value) in networks.SelectMany(network => network.ScoringState()))
        {
            int count = checked((int)value.numel());
            using Tensor source = tensor(weights.Slice(position, count).ToArray(), value.shape);
            value.copy_(source);
            position += count;
        }
    }

    /// <summary>Checks number and hash.</summary>
    /// <param name="info">What the header says.</param>
    /// <param name="weights">The weights, perhaps with the zeros that fill the last part.</param>
    /// <exception cref="InvalidDataException">The weights are not those that were saved.</exception>
    public static void Verify(SegmentationModelInfo info, ReadOnlySpan<float> weights)
    {
        bool fits = weights.Length >= info.WeightCount
            && weights.Length < info.WeightCount + StageWeights.Granule
            && !weights[(int)info.WeightCount..].ContainsAnyExcept(0f);
        string found = fits
            ? Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(weights[..(int)info.WeightCount])))
            : $"{weights.Length} numbers";
        if (found != info.WeightsSha256)
        {
            throw new InvalidDataException(
                $"The model is damaged: its weights are {found}, expected {info.WeightCount} numbers with SHA-256 {info.WeightsSha256}. "
                + "Take the file from its source again, or save the model again.");
        }
    }

    private static float[] Numbers(Tensor value)
    {
        if (value.dtype != ScalarType.Float32)
            throw new InvalidOperationException(
                $"A network wants to save numbers of type {value.dtype}; a model zip holds 32-bit floating point only.");
        using DisposeScope scope = NewDisposeScope();
        return MemoryMarshal.Cast<byte, float>(value.detach().cpu().contiguous().bytes).ToArray();
    }
}
