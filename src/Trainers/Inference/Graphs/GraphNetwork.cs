using Microsoft.ML.OnnxRuntime;
using Smml.MLNet.Onnx;

namespace Smml.MLNet.Inference;

/// <summary>One network of a model in onnxruntime: a session per encoder and one for the decoder. Several threads may
/// use them.</summary>
internal sealed class GraphNetwork : IDisposable
{
    private static readonly string[] s_scan = ["scan"], s_logits = ["logits"];

    private readonly string[] _features;
    private readonly string[] _decoderInputs;
    private readonly List<InferenceSession> _sessions = []; // an encoder per modality, the decoder
    private readonly RunOptions _run = new();

    /// <summary>Makes the sessions, each with its own part of the weights.</summary>
    /// <param name="shape">The networks of the model.</param>
    /// <param name="network">The name of this one.</param>
    /// <param name="weights">The weights of the model as a zip has them.</param>
    /// <param name="options">Of every session.</param>
    public GraphNetwork(NetworkGraph shape, string network, ReadOnlySpan<float> weights, SessionOptions options)
    {
        _features = [.. shape.Features.Select(feature => feature.Name)];
        _decoderInputs =
        [
            "presence",
            .. NetworkGraph.Modalities.SelectMany(modality => _features.Select(feature => $"{modality}.{feature}")),
        ];
        OnnxWeights places = new(shape);
        OnnxGraph[] graphs =
        [
            .. NetworkGraph.Modalities.Select(modality => shape.ToEncoder(places, network, modality)),
            shape.ToDecoder(places, network),
        ];
        try
        {
            foreach (OnnxGraph graph in graphs)
                _sessions.Add(new(graph.ToModel(ModelEnvironment.LibraryVersion, weights), options));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What a modality yields by itself.</summary>
    /// <param name="modality">The modality.</param>
    /// <param name="scan">(B, 1, X, Y, Z).</param>
    public IDisposableReadOnlyCollection<OrtValue> Encode(Modality modality, OrtValue scan) =>
        _sessions[(int)modality].Run(_run, s_scan, [scan], _features);

    /// <summary>Logits (B, K, X, Y, Z), the only value.</summary>
    /// <param name="features">What <see cref="Encode"/> gave for each modality that the subset has; null for others.</param>
    /// <param name="subset">What the network sees.</param>
    /// <param name="batch">B.</param>
    public IDisposableReadOnlyCollection<OrtValue> Decode(IReadOnlyList<IReadOnlyList<OrtValue>?> features, ModalitySet subset, int batch)
    {
        float[] presence =
        [
            .. Enumerable.Range(0, batch).SelectMany(_ => ModalitySet.All.Select(modality => subset.Contains(modality) ? 1f : 0f)),
        ];
        using OrtValue seen = OrtValue.CreateTensorValueFromMemory(presence, [batch, ModalitySet.ModalityCount]);
        IReadOnlyList<OrtValue> any = features[(int)subset.First()]!; // the graph reads nothing of a modality that is not seen
        return _sessions[^1].Run(
            _run,
            _decoderInputs,
            [seen, .. ModalitySet.All.SelectMany(modality => subset.Contains(modality) ? features[(int)modality]! : any)],
            s_logits);
    }

    public void Dispose()
    {
        foreach (InferenceSession session in _sessions)
            session.Dispose();
        _run.Dispose();
    }
}
