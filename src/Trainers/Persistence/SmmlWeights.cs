using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Smml.MLNet.Inference;
using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Persistence;

/// <summary>The weights of a model as bytes: branch after branch, tensors in ordinal order of their names, float32 little-endian. Names and shapes follow from the architecture.</summary>
internal static class SmmlWeights
{
    /// <summary>The weights that scoring needs.</summary>
    public static byte[] Write(IReadOnlyList<SmmlBranch> branches)
    {
        using DisposeScope scope = NewDisposeScope();
        KeyValuePair<string, Tensor>[] tensors = [.. branches.SelectMany(branch => branch.InferenceState())];
        byte[] blob = new byte[checked((int)(tensors.Sum(pair => pair.Value.numel()) * sizeof(float)))];
        int position = 0;
        foreach ((_, Tensor value) in tensors)
        {
            using Tensor onCpu = value.detach().cpu().contiguous();
            onCpu.bytes.CopyTo(blob.AsSpan(position));
            position += checked((int)onCpu.numel() * sizeof(float));
        }

        return blob;
    }

    /// <summary>The hash that the header carries, lower-case hexadecimal.</summary>
    public static string Hash(ReadOnlySpan<byte> blob) => Convert.ToHexStringLower(SHA256.HashData(blob));

    /// <summary>Checks the weights of a saved model and builds its engine.</summary>
    /// <exception cref="InvalidDataException">The weights are not those that were saved.</exception>
    public static SmmlEngine Read(SmmlModelInfo info, ReadOnlySpan<byte> blob, Device device)
    {
        Verify(info, blob);
        using DisposeScope scope = NewDisposeScope();
        SmmlBranch[] branches = [.. Enumerable.Range(0, info.Architecture.BranchCount).Select(_ => Empty(info))];
        Fill(branches, blob);
        foreach (SmmlBranch branch in branches)
            branch.DetachFromScope(); // the engine outlives this method
        return new(info, branches, device);
    }

    /// <summary>Gives branches the weights that were written of others of the same sizes.</summary>
    public static void Fill(IReadOnlyList<SmmlBranch> branches, ReadOnlySpan<byte> blob)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        int position = 0;
        foreach ((_, Tensor value) in branches.SelectMany(branch => branch.InferenceState()))
        {
            int bytes = checked((int)value.numel() * sizeof(float));
            using Tensor source = tensor(MemoryMarshal.Cast<byte, float>(blob.Slice(position, bytes)).ToArray(), value.shape);
            value.copy_(source);
            position += bytes;
        }
    }

    /// <summary>Checks length and hash.</summary>
    /// <exception cref="InvalidDataException">The weights are not those that were saved.</exception>
    public static void Verify(SmmlModelInfo info, ReadOnlySpan<byte> blob)
    {
        string found = blob.Length == info.WeightCount * sizeof(float) ? Hash(blob) : $"{blob.Length} bytes";
        if (found != info.WeightsSha256)
        {
            throw new InvalidDataException(
                $"The model is damaged: its weights are {found}, expected {info.WeightCount * sizeof(float)} bytes with SHA-256 {info.WeightsSha256}. Take the file from its source again, or save the model again.");
        }
    }

    private static SmmlBranch Empty(SmmlModelInfo info)
    {
        SmmlBranch branch = new(info.Architecture, info.Convention.ClassCount, training: false, refinement: false);
        return branch;
    }
}
