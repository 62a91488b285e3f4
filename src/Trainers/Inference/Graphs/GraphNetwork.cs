using Microsoft.ML.OnnxRuntime;
using Smml.MLNet.Onnx;

namespace Smml.MLNet.Inference;

/// <summary>One network of a model in onnxruntime: a session per encoder and one for the decoder, each made when it is first needed.
/// Several threads may use them.</summary>
internal sealed class GraphNetwork : IDisposable
{
    private static readonly string[] s_scan = ["scan"], s_logits = ["logits"];

    private readonly string[] _features;
    private readonly string[] _decoderInputs;
    private readonly Lazy<InferenceSession>[] _encoders;
    private readonly Lazy<InferenceSession> _decoder;
    private readonly RunOptions _run = new();

    /// <summary>Makes the network.</summary>
    /// <param name="shape">What its graphs hand on.</param>
    /// <param name="encoders">The graph of each modality.</param>
    /// <param name="decoder">The graph of the decoder.</param>
    /// <param name="open">Makes a session of a graph.</param>
    public GraphNetwork(
        NetworkGraph shape, IEnumerable<OnnxGraph> encoders, OnnxGraph decoder, Func<OnnxGraph, InferenceSession> open)
    {
        _features = [.. shape.Features.Select(feature => feature.Name)];
        _decoderInputs =
        [
            "presence",
            .. NetworkGraph.Modalities.SelectMany(modality => _features.Select(feature => $"{modality}.{feature}")),
        ];
        _encoders = [.. encoders.Select(graph => new Lazy<InferenceSession>(() => open(graph)))];
        _decoder = new(() => open(decoder));
    }

    /// <summary>What a modality yields by itself.</summary>
    /// <param name="modality">The modality.</param>
    /// <param name="scan">(B, 1, X, Y, Z).</param>
    public IDisposableReadOnlyCollection<OrtValue> Encode(Modality modality, OrtValue scan) =>
        _encoders[(int)modality].Value.Run(_run, s_scan, [scan], _features);

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
        return _decoder.Value.Run(
            _run,
            _decoderInputs,
            [seen, .. ModalitySet.All.SelectMany(modality => subset.Contains(modality) ? features[(int)modality]! : any)],
            s_logits);
    }

    public void Dispose()
    {
        foreach (Lazy<InferenceSession> session in _encoders.Append(_decoder).Where(session => session.IsValueCreated))
            session.Value.Dispose();
        _run.Dispose();
    }
}
