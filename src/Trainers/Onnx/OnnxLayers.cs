using Smml.MLNet.Networks;

namespace Smml.MLNet.Onnx;

/// <summary>The layers of the networks as nodes of a graph, with the numbers that the modules compute with.</summary>
/// <param name="graph">Where the nodes go.</param>
/// <param name="weights">The weights of the model.</param>
/// <param name="network">The name of the network whose weights the layers have.</param>
internal sealed class OnnxLayers(OnnxGraph graph, OnnxWeights weights, string network)
{
    private const float NormEpsilon = 1e-5f;

    // onnxruntime adds up the voxels of a channel one after the other in single precision; of 128x128x128 voxels the norm then is wrong by
    // 1e-4 and more.
    private const long ManyVoxels = 1 << 15;
    private const long B = OnnxGraph.Batch;

    /// <summary>A number of the graph.</summary>
    public OnnxValue Number(double value) => graph.Constant((float)value);

    /// <summary>A tensor of the network as it is.</summary>
    public OnnxValue Weight(string name) => graph.Weight(weights.Take(network, name));

    /// <summary>A node whose output has the shape of its first input.</summary>
    public OnnxValue Same(string operation, params OnnxValue[] inputs) => graph.Add(operation, inputs[0].Shape, inputs);

    /// <summary>A node with an output of a given shape.</summary>
    public OnnxValue Node(string operation, long[] shape, OnnxValue?[] inputs, params (string Name, object Value)[] attributes) =>
        graph.Add(operation, shape, inputs, attributes);

    /// <summary>The same numbers, last axis fastest, in another shape.</summary>
    /// <param name="input">The first axis is that of samples, and stays.</param>
    /// <param name="shape">The sizes of the axes behind that of samples.</param>
    public OnnxValue Reshape(OnnxValue input, params long[] shape) =>
        graph.Add("Reshape", [B, .. shape], [input, graph.Constant([0, .. shape])]); // 0: the size of the input

    /// <summary>Another order of the axes.</summary>
    public OnnxValue Permute(OnnxValue input, params long[] order) =>
        graph.Add("Transpose", [.. order.Select(axis => input.Shape[axis])], [input], ("perm", order));

    /// <summary>One after the other along an axis.</summary>
    public OnnxValue Concat(long axis, params OnnxValue[] parts)
    {
        long[] shape = [.. parts[0].Shape];
        shape[axis] = parts.Sum(part => part.Shape[axis]);
        return graph.Add("Concat", shape, parts, ("axis", axis));
    }

    /// <summary>One place of an axis, which stays with the size 1.</summary>
    public OnnxValue Pick(OnnxValue input, long axis, long index)
    {
        long[] shape = [.. input.Shape];
        shape[axis] = 1;
        return graph.Add("Gather", shape, [input, graph.Constant([index])], ("axis", axis));
    }

    /// <summary>The convolution <paramref name="name"/> with "same" padding; a kernel of 1 needs none.</summary>
    public OnnxValue Convolve(OnnxValue input, string name, ConvolutionPadding padding = ConvolutionPadding.Zeros, long stride = 1)
    {
        OnnxValue kernel = Weight($"{name}.weight"), bias = Weight($"{name}.bias");
        long size = kernel.Shape[2], edge = size / 2;
        long[] shape = [B, kernel.Shape[0], .. input.Shape[2..].Select(side => side / stride)];
        if (edge > 0 && padding == ConvolutionPadding.Reflect)
        {
            input = graph.Add(
                "Pad",
                [B, input.Shape[1], .. input.Shape[2..].Select(side => side + (2 * edge))],
                [input, graph.Constant([0, 0, edge, edge, edge, 0, 0, edge, edge, edge])],
                ("mode", "reflect"));
            edge = 0;
        }

        return graph.Add(
            "Conv",
            shape,
            [input, kernel, bias],
            ("kernel_shape", Cube(size)),
            ("strides", Cube(stride)),
            ("pads", new[] { edge, edge, edge, edge, edge, edge }));
    }

    /// <summary>Instance norm without parameters, then leaky ReLU: <see cref="PreActivationConvolution.Activate"/>.</summary>
    public OnnxValue Activate(OnnxValue input)
    {
        if (input.Shape[2] * input.Shape[3] * input.Shape[4] > ManyVoxels)
            return LeakyRelu(Standardize(input));
        float[] ones = new float[input.Shape[1]], zeros = new float[input.Shape[1]];
        Array.Fill(ones, 1);
        return LeakyRelu(graph.Add(
            "InstanceNormalization",
            input.Shape,
            [input, graph.Constant(ones), graph.Constant(zeros)],
            ("epsilon", NormEpsilon)));
    }

    // Instance norm whose sums are taken axis by axis.
    private OnnxValue Standardize(OnnxValue input)
    {
        OnnxValue centred = Same("Sub", input, Mean(input));
        OnnxValue deviation = Same("Sqrt", Same("Add", Mean(Same("Mul", centred, centred)), Number(NormEpsilon)));
        return Same("Div", centred, deviation);
    }

    // (B, C, X, Y, Z) to (B, C, 1, 1, 1).
    private OnnxValue Mean(OnnxValue input)
    {
        OnnxValue mean = input;
        for (long axis = 4; axis >= 2; axis--)
        {
            long[] shape = [.. mean.Shape];
            shape[axis] = 1;
            mean = graph.Add("ReduceMean", shape, [mean], ("axes", new[] { axis }), ("keepdims", 1L));
        }

        return mean;
    }

    /// <summary>Leaky ReLU.</summary>
    public OnnxValue LeakyRelu(OnnxValue input) =>
        graph.Add("LeakyRelu", input.Shape, [input], ("alpha", (float)PreActivationConvolution.LeakySlope));

    /// <summary>A <see cref="PreActivationConvolution"/>.</summary>
    public OnnxValue PreActivation(OnnxValue input, string name, ConvolutionPadding padding = ConvolutionPadding.Zeros, long stride = 1) =>
        Convolve(Activate(input), $"{name}.conv", padding, stride);

    /// <summary>Trilinear enlargement to twice the size with aligned corners.</summary>
    public OnnxValue Enlarge(OnnxValue input) => graph.Add(
        "Resize",
        [.. input.Shape[..2], .. input.Shape[2..].Select(side => 2 * side)],
        [input, null, graph.Constant([1f, 1f, 2f, 2f, 2f])],
        ("mode", "linear"),
        ("coordinate_transformation_mode", "align_corners"));

    /// <summary>Which modality is seen of each sample.</summary>
    /// <param name="presence">(B, 4), 1 where a scan was seen.</param>
    /// <returns>(B, 1) of booleans for each modality.</returns>
    public OnnxValue[] Seen(OnnxValue presence)
    {
        OnnxValue seen = Same("Greater", presence, Number(0.5));
        return [.. Enumerable.Range(0, ModalitySet.ModalityCount).Select(m => Pick(seen, 1, m))];
    }

    /// <summary>The features of samples that are seen, 0 in the others. <c>Where</c> keeps even NaN of a scan that is absent out.</summary>
    /// <param name="seen">(B, 1) of booleans.</param>
    /// <param name="features">(B, ...).</param>
    public OnnxValue Mask(OnnxValue seen, OnnxValue features)
    {
        long[] ones = new long[features.Shape.Length - 1];
        Array.Fill(ones, 1);
        return graph.Add("Where", features.Shape, [Reshape(seen, ones), features, Number(0)]);
    }

    /// <summary>A <see cref="TransformerBlock"/> with the names of mmFormer: tokens (B, N, T) to tokens (B, N, T).</summary>
    /// <param name="tokens">With their positions.</param>
    /// <param name="name">The layer's name.</param>
    /// <param name="heads">Attention heads.</param>
    public OnnxValue Transform(OnnxValue tokens, string name, long heads)
    {
        string attention = $"{name}.cross_attention_list.0.fn", feedForward = $"{name}.cross_ffn_list.0.fn";
        OnnxValue mixed = Linear(Attend(Normalize(tokens, $"{attention}.norm"), $"{attention}.fn.qkv", heads), $"{attention}.fn.proj");
        OnnxValue x = Same("Add", tokens, mixed);
        OnnxValue wide = Gelu(Linear(Normalize(x, $"{feedForward}.norm"), $"{feedForward}.fn.net.0"));
        return Same("Add", x, Linear(wide, $"{feedForward}.fn.net.3"));
    }

    private OnnxValue Normalize(OnnxValue input, string name) => graph.Add(
        "LayerNormalization",
        input.Shape,
        [input, Weight($"{name}.weight"), Weight($"{name}.bias")],
        ("axis", -1L),
        ("epsilon", NormEpsilon));

    private OnnxValue Linear(OnnxValue input, string name, bool hasBias = true)
    {
        OnnxValue matrix = graph.Weight(weights.Take(network, $"{name}.weight", isTransposed: true));
        OnnxValue product = graph.Add("MatMul", [.. input.Shape[..^1], matrix.Shape[1]], [input, matrix]);
        return hasBias ? Same("Add", product, Weight($"{name}.bias")) : product;
    }

    // (B, N, T) to (B, N, T); scores are scaled by (T / heads)^-0.5.
    private OnnxValue Attend(OnnxValue x, string name, long heads)
    {
        long count = x.Shape[1], width = x.Shape[2], each = width / heads;
        OnnxValue[] parts = graph.AddMany(
            "Split",
            [x.Shape, x.Shape, x.Shape],
            [Linear(x, name, hasBias: false), graph.Constant([width, width, width])],
            ("axis", -1L));
        OnnxValue[] split = [.. parts.Select(part => Reshape(part, count, heads, each))];
        OnnxValue query = Permute(split[0], 0, 2, 1, 3), key = Permute(split[1], 0, 2, 3, 1), value = Permute(split[2], 0, 2, 1, 3);
        OnnxValue scores = graph.Add("MatMul", [B, heads, count, count], [Same("Mul", query, Number(1 / Math.Sqrt(each))), key]);
        OnnxValue shares = graph.Add("Softmax", scores.Shape, [scores], ("axis", -1L));
        OnnxValue mixed = graph.Add("MatMul", [B, heads, count, each], [shares, value]);
        return Reshape(Permute(mixed, 0, 2, 1, 3), count, width);
    }

    // x * (1 + erf(x / sqrt(2))) / 2.
    private OnnxValue Gelu(OnnxValue x)
    {
        OnnxValue error = Same("Erf", Same("Mul", x, Number(1 / Math.Sqrt(2))));
        return Same("Mul", Same("Mul", x, Number(0.5)), Same("Add", error, Number(1)));
    }

    private static long[] Cube(long side) => [side, side, side];
}
