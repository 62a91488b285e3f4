using Microsoft.ML;
using Smml.MLNet.Files;
using Smml.MLNet.Inference;
using Smml.MLNet.Networks;
using Smml.MLNet.Onnx;
using Smml.MLNet.Persistence;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Exchange;

/// <summary>Writes a model as graphs of ONNX that share one file of weights.</summary>
internal static class OnnxExporter
{
    private const string Joint = "joint";
    private const long B = OnnxGraph.Batch;

    /// <summary>Writes the files of a model.</summary>
    public static WeightExport Export(ITransformer model, string folder)
    {
        StartingModel start = ModelReader.Start(model);
        SegmentationModelInfo info = start.Info;
        NetworkGraph shape = GraphOf(info);
        using DisposeScope scope = NewDisposeScope();
        IReadOnlyList<SegmentationNetwork> networks =
            SegmentationMethods.Of(info.Architecture).CreateNetworks(info.Architecture, info.Convention);
        NetworkWeights.Fill(networks, start.ReadWeights());
        OnnxWeights weights = new(networks);
        (string Name, byte[] Content)[] graphs =
        [
            .. networks.SelectMany(network => Parts(info, shape, weights, network.Name)),
            (Joint, Whole(info, shape, weights, networks)),
        ];
        Directory.CreateDirectory(folder);
        string weightFile = Path.Combine(folder, OnnxWeights.FileName);
        SafeFile.Replace(weightFile, weights.Write);
        List<string> files = [];
        foreach ((string name, byte[] content) in graphs)
        {
            string path = Path.Combine(folder, $"{name}.onnx");
            SafeFile.Replace(path, (FileStream file) => file.Write(content));
            files.Add(path);
        }

        foreach (SegmentationNetwork network in networks)
            network.Dispose();
        return new(
            [.. files, weightFile],
            [
                $"{info.Notice} The graphs need {OnnxWeights.FileName} beside them; each says in its metadata how scans are prepared and "
                + "what the classes are.",
                "To score one window with several subsets of the scans, run each encoder once and the decoder for each subset; "
                + $"{Joint}.onnx is the model as one graph.",
            ]);
    }

    private static NetworkGraph GraphOf(SegmentationModelInfo info)
    {
        if (SegmentationMethods.Of(info.Architecture).CreateGraph(info.Architecture, info.Convention) is { } graph)
            return graph;
        string[] others =
        [
            .. SegmentationMethods.All
                .Where(method => method.CreateGraph(method.CreateOptions().Network, info.Convention) is not null)
                .Select(method => method.Name.Title),
        ];
        throw new InvalidOperationException(
            $"The model is of {info.Method.Title}, which cannot be saved as ONNX; expected {string.Join(", ", others[..^1])} or "
            + $"{others[^1]}. Export its weights as .pth or .safetensors, or train one of these methods.");
    }

    // The encoders of a network and its decoder.
    private static IEnumerable<(string Name, byte[] Content)> Parts(
        SegmentationModelInfo info, NetworkGraph shape, OnnxWeights weights, string network)
    {
        VolumeShape window = info.Architecture.Patch;
        foreach (string modality in NetworkGraph.Modalities)
        {
            string name = $"{network}.encoder.{modality}";
            OnnxGraph encoder = new(name);
            OnnxValue scan = encoder.Input("scan", B, 1, window.X, window.Y, window.Z);
            OnnxValue[] features = shape.Encode(new(encoder, weights, network), modality, scan);
            for (int i = 0; i < features.Length; i++)
                encoder.Output(shape.Features[i].Name, features[i]);
            yield return (name, File(encoder, info, network, $"encoder of {modality}"));
        }

        string title = $"{network}.decoder";
        OnnxGraph decoder = new(title);
        OnnxValue presence = decoder.Input("presence", B, ModalitySet.ModalityCount);
        OnnxValue[][] given = [.. NetworkGraph.Modalities.Select(modality => shape.Features
            .Select(feature => decoder.Input($"{modality}.{feature.Name}", feature.Shape)).ToArray())];
        OnnxLayers layers = new(decoder, weights, network);
        decoder.Output("logits", Decode(shape, layers, layers.Seen(presence), given));
        yield return (title, File(decoder, info, network, "decoder"));
    }

    // All networks on one window; their mean is that of scoring where logits are averaged.
    private static byte[] Whole(
        SegmentationModelInfo info, NetworkGraph shape, OnnxWeights weights, IReadOnlyList<SegmentationNetwork> networks)
    {
        VolumeShape window = info.Architecture.Patch;
        OnnxGraph graph = new(Joint, batch: 1);
        OnnxValue scans = graph.Input("scans", B, ModalitySet.ModalityCount, window.X, window.Y, window.Z);
        OnnxValue presence = graph.Input("presence", B, ModalitySet.ModalityCount);
        OnnxLayers[] each = [.. networks.Select(network => new OnnxLayers(graph, weights, network.Name))];
        OnnxValue[] seen = each[0].Seen(presence);
        OnnxValue[] single = [.. seen.Select((_, m) => each[0].Pick(scans, 1, m))];
        OnnxValue[] logits = [.. each.Select(layers => Decode(
            shape, layers, seen, [.. single.Select((scan, m) => shape.Encode(layers, NetworkGraph.Modalities[m], scan))]))];
        OnnxValue sum = logits.Aggregate((left, right) => each[0].Same("Add", left, right));
        graph.Output("logits", logits.Length == 1 ? sum : each[0].Same("Div", sum, each[0].Number(logits.Length)));
        return File(graph, info, string.Join(',', networks.Select(network => network.Name)), "joint");
    }

    private static OnnxValue Decode(NetworkGraph shape, OnnxLayers layers, OnnxValue[] seen, OnnxValue[][] features) =>
        shape.Decode(layers, [.. features.Select((own, m) => own.Select(feature => layers.Mask(seen[m], feature)).ToArray())]);

    private static byte[] File(OnnxGraph graph, SegmentationModelInfo info, string networks, string part) => graph.ToFile(
        ModelEnvironment.LibraryVersion,
        [.. OnnxMetadata.Of(info), ("networks", networks), ("part", part)]);
}
