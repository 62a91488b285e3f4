using System.Runtime.InteropServices;
using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Onnx;

/// <summary>The file of weights beside the graphs: each tensor that a graph takes lies there once, wherever it is used.</summary>
/// <param name="networks">The networks of a model.</param>
internal sealed class OnnxWeights(IReadOnlyList<SegmentationNetwork> networks)
{
    /// <summary>The name of the file, to which the graphs refer.</summary>
    public const string FileName = "weights.bin";

    /// <summary>What the place of each tensor in the file is a multiple of.</summary>
    public const int Alignment = 64;

    private readonly Dictionary<string, Dictionary<string, Tensor>> _states = networks.ToDictionary(
        network => network.Name,
        network => network.ScoringState().ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal));

    private readonly Dictionary<string, OnnxWeight> _taken = new(StringComparer.Ordinal);
    private long _end;

    /// <summary>Every tensor that a graph has taken, in the order of the file.</summary>
    public IEnumerable<OnnxWeight> Taken => _taken.Values.OrderBy(weight => weight.Offset);

    /// <summary>A tensor of a network; it gets a place in the file the first time.</summary>
    /// <param name="network">The network's name.</param>
    /// <param name="name">The tensor's name in checkpoints.</param>
    /// <param name="isTransposed">Whether the file holds the transposed matrix.</param>
    public OnnxWeight Take(string network, string name, bool isTransposed = false)
    {
        string full = (networks.Count == 1 ? name : $"{network}.{name}") + (isTransposed ? ".transposed" : "");
        if (_taken.TryGetValue(full, out OnnxWeight? known))
            return known;
        Tensor tensor = _states[network][name];
        long[] shape = isTransposed ? [.. tensor.shape.Reverse()] : tensor.shape;
        OnnxWeight weight = new(full, network, name, isTransposed, shape, _end, tensor.numel() * sizeof(float));
        _end = (_end + weight.Length + Alignment - 1) / Alignment * Alignment;
        return _taken[full] = weight;
    }

    /// <summary>Writes the tensors that were taken.</summary>
    public void Write(Stream target)
    {
        foreach (OnnxWeight weight in Taken)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor tensor = _states[weight.Network][weight.Source].detach();
            Tensor stored = (weight.IsTransposed ? tensor.transpose(0, 1) : tensor).cpu().contiguous();
            target.Write(new byte[weight.Offset - target.Position]);
            target.Write(MemoryMarshal.AsBytes(stored.data<float>().ToArray().AsSpan()));
        }
    }
}

/// <summary>A tensor in the file of weights: 32-bit floating point, little-endian, last axis fastest.</summary>
/// <param name="Name">The name in the graphs.</param>
/// <param name="Network">The network's name.</param>
/// <param name="Source">The tensor's name in checkpoints.</param>
/// <param name="IsTransposed">Whether the file holds the transposed matrix.</param>
/// <param name="Shape">The sizes of the axes.</param>
/// <param name="Offset">The first byte in the file.</param>
/// <param name="Length">In bytes.</param>
internal sealed record OnnxWeight(
    string Name, string Network, string Source, bool IsTransposed, long[] Shape, long Offset, long Length);
