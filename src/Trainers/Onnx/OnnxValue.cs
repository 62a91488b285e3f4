namespace Smml.MLNet.Onnx;

/// <summary>A value of a graph: an input, an initializer, or what a node yields.</summary>
/// <param name="name">The name within the graph.</param>
/// <param name="shape">The sizes of the axes; <see cref="OnnxGraph.Batch"/> for that of samples.</param>
internal sealed class OnnxValue(string name, params long[] shape)
{
    /// <summary>The name; an output gets its own when it is declared.</summary>
    public string Name { get; set; } = name;

    /// <summary>The sizes of the axes.</summary>
    public long[] Shape { get; } = shape;
}
