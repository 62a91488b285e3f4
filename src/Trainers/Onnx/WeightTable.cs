namespace Smml.MLNet.Onnx;

/// <summary>The tensors of one network that a model zip keeps, as they follow from the architecture: names and shapes, without a network
/// and without libtorch.</summary>
/// <remarks>A method fills it. The order is that of the zip: the ordinal order of the names.</remarks>
internal sealed class WeightTable
{
    private readonly SortedDictionary<string, long[]> _shapes = new(StringComparer.Ordinal);

    /// <summary>Names and shapes in the order of the zip.</summary>
    public IEnumerable<KeyValuePair<string, long[]>> Tensors => _shapes;

    /// <summary>Adds a tensor.</summary>
    public void Add(string name, params long[] shape) => _shapes.Add(name, shape);

    /// <summary>Adds a 3D convolution with a bias.</summary>
    public void Convolution(string name, long inputs, long outputs, long kernel)
    {
        Add($"{name}.weight", outputs, inputs, kernel, kernel, kernel);
        Add($"{name}.bias", outputs);
    }

    /// <summary>Adds a linear layer.</summary>
    public void Linear(string name, long inputs, long outputs, bool hasBias = true)
    {
        Add($"{name}.weight", outputs, inputs);
        if (hasBias)
            Add($"{name}.bias", outputs);
    }

    /// <summary>Adds a layer norm.</summary>
    public void Norm(string name, long width)
    {
        Add($"{name}.weight", width);
        Add($"{name}.bias", width);
    }

    /// <summary>Adds the weights of <see cref="OnnxLayers.Transform"/>.</summary>
    public void Transformer(string name, long width, long feedForwardWidth)
    {
        string attention = $"{name}.cross_attention_list.0.fn", feedForward = $"{name}.cross_ffn_list.0.fn";
        Norm($"{attention}.norm", width);
        Linear($"{attention}.fn.qkv", width, 3 * width, hasBias: false);
        Linear($"{attention}.fn.proj", width, width);
        Norm($"{feedForward}.norm", width);
        Linear($"{feedForward}.fn.net.0", width, feedForwardWidth);
        Linear($"{feedForward}.fn.net.3", feedForwardWidth, width);
    }
}
