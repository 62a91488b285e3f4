namespace Smml.MLNet.Onnx;

/// <summary>The networks of a model as graphs: what a modality yields by itself, and what a decoder makes of it. All networks of a model
/// have the same. Each predicts one map per class, background first, from any of the 15 subsets.</summary>
internal abstract class NetworkGraph
{
    /// <summary>The modalities in the order of the channels, as the networks name them.</summary>
    public static IReadOnlyList<string> Modalities { get; } = ["flair", "t1ce", "t1", "t2"];

    /// <summary>The names of the networks in checkpoints, in the order in which a zip has their weights.</summary>
    public abstract IReadOnlyList<string> Networks { get; }

    /// <summary>The maps that each network predicts: K.</summary>
    public abstract int Classes { get; }

    /// <summary>The window that the networks see.</summary>
    public abstract VolumeShape Window { get; }

    /// <summary>The tensors of one network that a zip keeps.</summary>
    public abstract WeightTable Table { get; }

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

    /// <summary>The encoder of one modality as a graph from <c>scan</c> (B, 1, X, Y, Z) to the features by name.</summary>
    public OnnxGraph ToEncoder(OnnxWeights weights, string network, string modality)
    {
        OnnxGraph graph = new($"{network}.encoder.{modality}");
        OnnxValue scan = graph.Input("scan", OnnxGraph.Batch, 1, Window.X, Window.Y, Window.Z);
        OnnxValue[] features = Encode(new(graph, weights, network), modality, scan);
        for (int i = 0; i < features.Length; i++)
            graph.Output(Features[i].Name, features[i]);
        return graph;
    }

    /// <summary>The decoder as a graph from <c>presence</c> (B, 4) and <c>modality.feature</c> of each encoder to <c>logits</c>
    /// (B, K, X, Y, Z).</summary>
    public OnnxGraph ToDecoder(OnnxWeights weights, string network)
    {
        OnnxGraph graph = new($"{network}.decoder");
        OnnxValue presence = graph.Input("presence", OnnxGraph.Batch, ModalitySet.ModalityCount);
        OnnxValue[][] given = [.. Modalities.Select(modality => Features
            .Select(feature => graph.Input($"{modality}.{feature.Name}", feature.Shape)).ToArray())];
        OnnxLayers layers = new(graph, weights, network);
        graph.Output("logits", DecodeSeen(layers, layers.Seen(presence), given));
        return graph;
    }

    /// <summary>The decoder, whose features are 0 where a modality is not seen.</summary>
    /// <param name="layers">The layers of the network in a graph.</param>
    /// <param name="seen">(B, 1) of booleans for each modality.</param>
    /// <param name="features">Of each modality, in the order of <see cref="Features"/>.</param>
    public OnnxValue DecodeSeen(OnnxLayers layers, OnnxValue[] seen, OnnxValue[][] features) =>
        Decode(layers, [.. features.Select((own, m) => own.Select(feature => layers.Mask(seen[m], feature)).ToArray())]);
}
