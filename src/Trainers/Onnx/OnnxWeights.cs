using System.Runtime.InteropServices;

namespace Smml.MLNet.Onnx;

/// <summary>The weights of a model's graphs: where each tensor that a graph takes lies in the file beside the graphs, once, wherever it
/// is used.</summary>
/// <param name="shape">The networks of the model.</param>
internal sealed class OnnxWeights(NetworkGraph shape)
{
    /// <summary>The name of the file, to which the graphs refer.</summary>
    public const string FileName = "weights.bin";

    /// <summary>What the place of each tensor in the file is a multiple of.</summary>
    public const int Alignment = 64;

    private readonly Dictionary<(string Network, string Name), (long[] Shape, int Start)> _tensors = Places(shape);
    private readonly Dictionary<string, OnnxWeight> _taken = new(StringComparer.Ordinal);
    private long _next;

    /// <summary>Every tensor that a graph has taken, in the order of the file.</summary>
    public IEnumerable<OnnxWeight> Taken => _taken.Values.OrderBy(weight => weight.Offset);

    /// <summary>The bytes of the file.</summary>
    public long Length { get; private set; }

    /// <summary>The number of weights that the networks have in a zip.</summary>
    public static long CountOf(NetworkGraph shape) =>
        shape.Networks.Count * shape.Table.Tensors.Sum(tensor => Count(tensor.Value));

    /// <summary>A tensor of a network; it gets a place in the file the first time.</summary>
    /// <param name="network">The network's name.</param>
    /// <param name="name">The tensor's name in checkpoints.</param>
    /// <param name="isTransposed">Whether the file holds the transposed matrix.</param>
    public OnnxWeight Take(string network, string name, bool isTransposed = false)
    {
        string full = (shape.Networks.Count == 1 ? name : $"{network}.{name}") + (isTransposed ? ".transposed" : "");
        if (_taken.TryGetValue(full, out OnnxWeight? known))
            return known;
        (long[] own, int start) = _tensors[(network, name)];
        OnnxWeight weight = new(
            full, start, isTransposed, isTransposed ? [.. own.Reverse()] : own, _next, Count(own) * sizeof(float));
        Length = weight.Offset + weight.Length;
        _next = (Length + Alignment - 1) / Alignment * Alignment;
        return _taken[full] = weight;
    }

    /// <summary>Copies a tensor to where a graph reads it.</summary>
    /// <param name="weight">One that was taken.</param>
    /// <param name="all">The weights as a zip has them: network after network, tensors in the order of the table.</param>
    /// <param name="target">As many numbers as the tensor has.</param>
    public static void Copy(OnnxWeight weight, ReadOnlySpan<float> all, Span<float> target)
    {
        ReadOnlySpan<float> source = all.Slice(weight.Start, target.Length);
        if (!weight.IsTransposed)
        {
            source.CopyTo(target);
            return;
        }

        int rows = (int)weight.Shape[0], columns = (int)weight.Shape[1]; // of the target
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                target[(row * columns) + column] = source[(column * rows) + row];
        }
    }

    /// <summary>Writes the tensors that were taken.</summary>
    /// <param name="target">The file, from its first byte.</param>
    /// <param name="all">The weights as a zip has them.</param>
    public void Write(Stream target, ReadOnlySpan<float> all)
    {
        foreach (OnnxWeight weight in Taken)
        {
            float[] values = new float[weight.Length / sizeof(float)];
            Copy(weight, all, values);
            target.Write(new byte[weight.Offset - target.Position]);
            target.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        }
    }

    private static long Count(long[] shape) => shape.Aggregate(1L, (product, side) => product * side);

    private static Dictionary<(string Network, string Name), (long[] Shape, int Start)> Places(NetworkGraph shape)
    {
        Dictionary<(string Network, string Name), (long[] Shape, int Start)> places = [];
        long start = 0;
        foreach (string network in shape.Networks)
        {
            foreach ((string name, long[] sides) in shape.Table.Tensors)
            {
                places.Add((network, name), (sides, checked((int)start)));
                start += Count(sides);
            }
        }

        return places;
    }
}

/// <summary>A tensor beside the graphs: 32-bit floating point, little-endian, last axis fastest.</summary>
/// <param name="Name">The name in the graphs.</param>
/// <param name="Start">The place of its first number among all weights of the model.</param>
/// <param name="IsTransposed">Whether the graphs read the transposed matrix.</param>
/// <param name="Shape">The sizes of the axes in the graphs.</param>
/// <param name="Offset">The first byte in the file.</param>
/// <param name="Length">In bytes.</param>
internal sealed record OnnxWeight(string Name, int Start, bool IsTransposed, long[] Shape, long Offset, long Length);
