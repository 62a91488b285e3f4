using System.Globalization;
using System.Runtime.InteropServices;

namespace Smml.MLNet.Onnx;

/// <summary>A graph of ONNX that is being built, node after node in the order in which they run; shapes are known while it is.</summary>
/// <param name="name">The name of the graph.</param>
/// <param name="batch">The number of samples; null for any.</param>
/// <remarks>Field numbers are those of <c>onnx.proto</c>, version 8 of the format.</remarks>
internal sealed class OnnxGraph(string name, int? batch = null)
{
    /// <summary>The size of the axis of samples in <see cref="OnnxValue.Shape"/>.</summary>
    public const long Batch = -1;

    private const int FormatVersion = 8, OperatorVersion = 17; // the newest that onnx 1.12 knows
    private const int Single = 1, Int64 = 7; // TensorProto.DataType

    private readonly List<Node> _nodes = [];
    private readonly Dictionary<OnnxWeight, OnnxValue> _weights = [];
    private readonly List<OnnxValue> _inputs = [], _outputs = [];
    private readonly Dictionary<string, (OnnxValue Value, ProtobufMessage Message)> _constants = new(StringComparer.Ordinal);

    /// <summary>The name of the graph.</summary>
    public string Name => name;

    /// <summary>Declares an input of single precision.</summary>
    public OnnxValue Input(string input, params long[] shape)
    {
        OnnxValue value = new(input, shape);
        _inputs.Add(value);
        return value;
    }

    /// <summary>Declares a value as an output under a name of its own.</summary>
    public void Output(string output, OnnxValue value)
    {
        value.Name = output;
        _outputs.Add(value);
    }

    /// <summary>A tensor of the weights.</summary>
    public OnnxValue Weight(OnnxWeight weight)
    {
        if (!_weights.TryGetValue(weight, out OnnxValue? value))
            _weights.Add(weight, value = new(weight.Name, weight.Shape));
        return value;
    }

    /// <summary>A number.</summary>
    public OnnxValue Constant(float value) =>
        Constant($"number {BitConverter.SingleToInt32Bits(value)}", [], Single, MemoryMarshal.AsBytes([value]));

    /// <summary>A list of numbers.</summary>
    public OnnxValue Constant(params float[] values) => Constant(
        $"numbers {string.Join(' ', values.Select(BitConverter.SingleToInt32Bits))}",
        [values.Length],
        Single,
        MemoryMarshal.AsBytes(values.AsSpan()));

    /// <summary>A list of whole numbers, such as a shape.</summary>
    public OnnxValue Constant(params long[] values) =>
        Constant($"integers {string.Join(' ', values)}", [values.Length], Int64, MemoryMarshal.AsBytes(values.AsSpan()));

    /// <summary>Adds a node with one output.</summary>
    /// <param name="operation">An operator of the standard.</param>
    /// <param name="shape">The shape of the output.</param>
    /// <param name="inputs">Its inputs; null for one that is left out.</param>
    /// <param name="attributes">Numbers, lists of whole numbers and texts by name.</param>
    public OnnxValue Add(string operation, long[] shape, OnnxValue?[] inputs, params (string Name, object Value)[] attributes) =>
        AddMany(operation, [shape], inputs, attributes)[0];

    /// <summary>Adds a node with several outputs.</summary>
    /// <param name="operation">An operator of the standard.</param>
    /// <param name="shapes">The shapes of the outputs.</param>
    /// <param name="inputs">Its inputs; null for one that is left out.</param>
    /// <param name="attributes">Numbers, lists of whole numbers and texts by name.</param>
    public OnnxValue[] AddMany(
        string operation, long[][] shapes, OnnxValue?[] inputs, params (string Name, object Value)[] attributes)
    {
        string node = $"{operation}_{_nodes.Count + 1}";
        OnnxValue[] outputs = [.. shapes.Select((shape, i) => new OnnxValue(shapes.Length == 1 ? node : $"{node}_{i + 1}", shape))];
        _nodes.Add(new(node, operation, inputs, outputs, attributes));
        return outputs;
    }

    /// <summary>The file of the graph, whose weights lie beside it in <see cref="OnnxWeights.FileName"/>.</summary>
    /// <param name="producer">The version of this library.</param>
    /// <param name="metadata">What a reader of the graph must know.</param>
    public byte[] ToFile(string producer, IEnumerable<(string Name, string Value)> metadata)
    {
        ProtobufMessage graph = ToMessage();
        foreach (OnnxWeight weight in _weights.Keys)
        {
            graph.Add(5, Initializer(weight.Name, weight.Shape, Single)
                .Add(13, Entry("location", OnnxWeights.FileName))
                .Add(13, Entry("offset", weight.Offset.ToString(CultureInfo.InvariantCulture)))
                .Add(13, Entry("length", weight.Length.ToString(CultureInfo.InvariantCulture)))
                .Add(14, 1)); // EXTERNAL
        }

        ProtobufMessage model = ToModel(producer, graph);
        foreach ((string key, string value) in metadata)
            model.Add(14, Entry(key, value));
        return model.Content.ToArray();
    }

    /// <summary>The graph with its weights inside.</summary>
    /// <param name="producer">The version of this library.</param>
    /// <param name="weights">The weights of the model as a zip has them.</param>
    public byte[] ToModel(string producer, ReadOnlySpan<float> weights)
    {
        ProtobufMessage graph = ToMessage();
        foreach (OnnxWeight weight in _weights.Keys)
        {
            float[] values = new float[weight.Length / sizeof(float)];
            OnnxWeights.Copy(weight, weights, values);
            graph.Add(5, Initializer(weight.Name, weight.Shape, Single).Add(9, MemoryMarshal.AsBytes(values.AsSpan())));
        }

        return ToModel(producer, graph).Content.ToArray();
    }

    private static ProtobufMessage ToModel(string producer, ProtobufMessage graph) => new ProtobufMessage()
        .Add(1, FormatVersion)
        .Add(2, "Smml.MLNet")
        .Add(3, producer)
        .Add(7, graph)
        .Add(8, new ProtobufMessage().Add(1, "").Add(2, OperatorVersion));

    // The graph without its weights.
    private ProtobufMessage ToMessage()
    {
        ProtobufMessage graph = new();
        foreach (Node node in _nodes)
            graph.Add(1, node.ToMessage());
        graph.Add(2, name);
        foreach ((_, ProtobufMessage message) in _constants.Values)
            graph.Add(5, message);
        foreach (OnnxValue input in _inputs)
            graph.Add(11, Declaration(input));
        foreach (OnnxValue output in _outputs)
            graph.Add(12, Declaration(output));
        return graph;
    }

    // A name for what was asked for before.
    private OnnxValue Constant(string key, long[] shape, int type, ReadOnlySpan<byte> content)
    {
        if (_constants.TryGetValue(key, out (OnnxValue Value, ProtobufMessage Message) known))
            return known.Value;
        OnnxValue value = new($"constant_{_constants.Count + 1}", shape);
        _constants.Add(key, (value, Initializer(value.Name, shape, type).Add(9, content)));
        return value;
    }

    // A TensorProto without its numbers.
    private static ProtobufMessage Initializer(string initializer, long[] shape, int type)
    {
        ProtobufMessage message = new();
        foreach (long size in shape)
            message.Add(1, size);
        return message.Add(2, type).Add(8, initializer);
    }

    // A ValueInfoProto.
    private ProtobufMessage Declaration(OnnxValue value)
    {
        ProtobufMessage shape = new();
        foreach (long size in value.Shape)
        {
            ProtobufMessage axis = new();
            shape.Add(1, size != Batch ? axis.Add(1, size) : batch is { } samples ? axis.Add(1, samples) : axis.Add(2, "batch"));
        }

        ProtobufMessage tensor = new ProtobufMessage().Add(1, Single).Add(2, shape);
        return new ProtobufMessage().Add(1, value.Name).Add(2, new ProtobufMessage().Add(1, tensor));
    }

    // A StringStringEntryProto.
    private static ProtobufMessage Entry(string key, string value) => new ProtobufMessage().Add(1, key).Add(2, value);

    private sealed record Node(
        string Name, string Operation, OnnxValue?[] Inputs, OnnxValue[] Outputs, (string Name, object Value)[] Attributes)
    {
        public ProtobufMessage ToMessage()
        {
            ProtobufMessage message = new();
            foreach (OnnxValue? input in Inputs)
                message.Add(1, input?.Name ?? "");
            foreach (OnnxValue output in Outputs)
                message.Add(2, output.Name);
            message.Add(3, Name).Add(4, Operation);
            foreach ((string name, object value) in Attributes)
                message.Add(5, Attribute(name, value));
            return message;
        }

        // An AttributeProto, whose last field is the type.
        private static ProtobufMessage Attribute(string name, object value)
        {
            ProtobufMessage message = new ProtobufMessage().Add(1, name);
            switch (value)
            {
                case float number:
                    return message.Add(2, number).Add(20, 1);
                case long number:
                    return message.Add(3, number).Add(20, 2);
                case string text:
                    return message.Add(4, text).Add(20, 3);
                case long[] numbers:
                    foreach (long number in numbers)
                        message.Add(8, number);
                    return message.Add(20, 7);
                default:
                    throw new ArgumentException($"{name} is a {value.GetType()}, which no attribute here is.", nameof(value));
            }
        }
    }
}
