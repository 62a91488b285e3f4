namespace Smml.MLNet.Onnx;

/// <summary>A network as graphs: what a modality yields by itself, and what a decoder makes of it.</summary>
internal abstract class NetworkGraph
{
    /// <summary>The modalities in the order of the channels, as the networks name them.</summary>
    public static IReadOnlyList<string> Modalities { get; } = ["flair", "t1ce", "t1", "t2"];

    /// <summary>Name and shape, with the axis of samples, of what an encoder hands to the decoder.</summary>
    public abstract IReadOnlyList<(string Name, long[] Shape)> Features { get; }

    /// <summary>The encoder of one modality.</summary>
    /// <param name="layers">The layers of the network in a graph.</param>
    /// <param name="modality">The name of the modality.</param>
    /// <param name="scan">(B, 1, X, Y, Z).</param>
    /// <returns>In the order of <see cref="Features"/>.</returns>
    public abstract OnnxValue[] Encode(OnnxLayers layers, string modality, OnnxValue scan);

    /// <summary>The decoder.</summary>
    /// <param name="layers">The layers of the network in a graph.</param>
    /// <param name="features">Of each modality, in the order of <see cref="Features"/>, 0 where it is not seen.</param>
    /// <returns>Logits (B, K, X, Y, Z).</returns>
    public abstract OnnxValue Decode(OnnxLayers layers, OnnxValue[][] features);
}
