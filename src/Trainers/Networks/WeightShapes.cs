namespace Smml.MLNet.Networks;

/// <summary>Names and shapes of one dictionary of weights.</summary>
/// <param name="source">The file, for messages.</param>
/// <param name="method">The method, for messages.</param>
/// <param name="shapes">The shapes by name.</param>
internal sealed class WeightShapes(string source, MethodName method, IReadOnlyDictionary<string, long[]> shapes)
{
    /// <summary>The file.</summary>
    public string Source => source;

    /// <summary>Whether there is a tensor whose name begins so.</summary>
    public bool HasPrefix(string prefix) => shapes.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>The length of a tensor along an axis.</summary>
    /// <exception cref="CheckpointFormatException">There is no such tensor, or it has fewer axes, or a length that no network
    /// has.</exception>
    public int Size(string name, int axis)
    {
        if (!shapes.TryGetValue(name, out long[]? shape))
        {
            throw new CheckpointFormatException(
                $"{source}: found {shapes.Count} tensors ({string.Join(", ", shapes.Keys.Order(StringComparer.Ordinal).Take(3))} ...), "
                + $"expected {name} among them, as in every {method.Title}. Name the method that the weights belong to.");
        }

        return axis < shape.Length && shape[axis] is > 0 and <= int.MaxValue ? (int)shape[axis] : throw new CheckpointFormatException(
            $"{source}: found {name} of shape [{string.Join(", ", shape)}], expected a length along axis {axis}, as in every "
            + $"{method.Title}. Take the file from its source again, or name the method that it belongs to.");
    }
}
