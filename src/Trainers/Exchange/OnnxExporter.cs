using Microsoft.ML;
using Smml.MLNet.Files;
using Smml.MLNet.Onnx;
using Smml.MLNet.Persistence;

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
        string[] stages =
        [
            .. StageReader.Read(model).Where(stage => stage.Header.Stage != SegmentStage.Name).Select(stage => stage.Header.Json),
        ];
        (string, string)[] metadata = [.. OnnxMetadata.Of(info, stages)];
        OnnxWeights weights = new(shape);
        (string Name, byte[] Content)[] graphs =
        [
            .. shape.Networks.SelectMany(network => Parts(metadata, shape, weights, network)),
            (Joint, Whole(metadata, shape, weights)),
        ];
        float[] numbers = start.ReadWeights();
        Directory.CreateDirectory(folder);
        string weightFile = Path.Combine(folder, OnnxWeights.FileName);
        SafeFile.Replace(weightFile, (FileStream file) => weights.Write(file, numbers));
        List<string> files = [];
        foreach ((string name, byte[] content) in graphs)
        {
            string path = Path.Combine(folder, $"{name}.onnx");
            SafeFile.Replace(path, (FileStream file) => file.Write(content));
            files.Add(path);
        }

        return new(
            [.. files, weightFile],
            [
                $"{info.Notice} The graphs need {OnnxWeights.FileName} beside them; each says in its metadata how scans are prepared and "
                + "what the classes are.",
                "To score one window with several subsets of the scans, run each encoder once and the decoder for each subset; "
                + $"{Joint}.onnx is the model as one graph.",
            ]);
    }

    private static NetworkGraph GraphOf(SegmentationModelInfo info) =>
        SegmentationMethods.Of(info.Architecture).CreateGraph(info.Architecture, info.Convention)
            ?? throw new InvalidOperationException(
                $"The model is of {info.Method.Title}, which cannot be saved as ONNX; expected {SegmentationMethods.WithGraphs}. "
                + "Export its weights as .pth or .safetensors, or train one of these methods.");

    // The encoders of a network and its decoder.
    private static IEnumerable<(string Name, byte[] Content)> Parts(
        IEnumerable<(string, string)> metadata, NetworkGraph shape, OnnxWeights weights, string network)
    {
        foreach (string modality in NetworkGraph.Modalities)
        {
            OnnxGraph encoder = shape.ToEncoder(weights, network, modality);
            yield return (encoder.Name, File(encoder, metadata, network, $"encoder of {modality}"));
        }

        OnnxGraph decoder = shape.ToDecoder(weights, network);
        yield return (decoder.Name, File(decoder, metadata, network, "decoder"));
    }

    // All networks on one window; their mean is that of scoring where logits are averaged.
    private static byte[] Whole(IEnumerable<(string, string)> metadata, NetworkGraph shape, OnnxWeights weights)
    {
        VolumeShape window = shape.Window;
        OnnxGraph graph = new(Joint, batch: 1);
        OnnxValue scans = graph.Input("scans", B, ModalitySet.ModalityCount, window.X, window.Y, window.Z);
        OnnxValue presence = graph.Input("presence", B, ModalitySet.ModalityCount);
        OnnxLayers[] each = [.. shape.Networks.Select(network => new OnnxLayers(graph, weights, network))];
        OnnxValue[] seen = each[0].Seen(presence);
        OnnxValue[] single = [.. seen.Select((_, m) => each[0].Pick(scans, 1, m))];
        OnnxValue[] logits = [.. each.Select(layers => shape.DecodeSeen(
            layers, seen, [.. single.Select((scan, m) => shape.Encode(layers, NetworkGraph.Modalities[m], scan))]))];
        OnnxValue sum = logits.Aggregate((left, right) => each[0].Same("Add", left, right));
        graph.Output("logits", logits.Length == 1 ? sum : each[0].Same("Div", sum, each[0].Number(logits.Length)));
        return File(graph, metadata, string.Join(',', shape.Networks), "joint");
    }

    private static byte[] File(OnnxGraph graph, IEnumerable<(string, string)> metadata, string networks, string part) =>
        graph.ToFile(ModelEnvironment.LibraryVersion, [.. metadata, ("networks", networks), ("part", part)]);
}
