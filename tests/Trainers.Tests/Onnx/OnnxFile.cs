using Microsoft.ML.OnnxRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Onnx;

/// <summary>A graph in onnxruntime, with tensors of libtorch in and out.</summary>
internal sealed class OnnxFile(string path) : IDisposable
{
    private readonly InferenceSession _session = Open(path);

    public IReadOnlyCollection<string> Inputs => [.. _session.InputMetadata.Keys];

    public IReadOnlyDictionary<string, string> Metadata => _session.ModelMetadata.CustomMetadataMap;

    public IReadOnlyDictionary<string, int[]> Shapes => _session.InputMetadata.Concat(_session.OutputMetadata)
        .ToDictionary(pair => pair.Key, pair => pair.Value.Dimensions);

    /// <summary>Every output by name.</summary>
    public Dictionary<string, Tensor> Run(IEnumerable<(string Name, Tensor Value)> inputs)
    {
        Dictionary<string, OrtValue> given = inputs.ToDictionary(
            input => input.Name,
            input => OrtValue.CreateTensorValueFromMemory(input.Value.contiguous().data<float>().ToArray(), input.Value.shape));
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(options, given, _session.OutputNames);
        foreach (OrtValue value in given.Values)
            value.Dispose();
        return _session.OutputNames.Zip(outputs).ToDictionary(
            pair => pair.First,
            pair => tensor(pair.Second.GetTensorDataAsSpan<float>().ToArray(), pair.Second.GetTensorTypeAndShape().Shape));
    }

    public void Dispose() => _session.Dispose();

    // Threads that wait must not keep processors busy that other work needs.
    private static InferenceSession Open(string path)
    {
        using SessionOptions options = new();
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        return new(path, options);
    }
}

/// <summary>The graphs of one network.</summary>
internal sealed class OnnxNetwork(string folder, string network) : IDisposable
{
    private static readonly string[] s_modalities = ["flair", "t1ce", "t1", "t2"];

    private readonly OnnxFile[] _encoders =
        [.. s_modalities.Select(modality => new OnnxFile(Path.Combine(folder, $"{network}.encoder.{modality}.onnx")))];

    private readonly OnnxFile _decoder = new(Path.Combine(folder, $"{network}.decoder.onnx"));

    /// <summary>Scans (B, 4, X, Y, Z) to the features of every modality.</summary>
    public (string Name, Tensor Value)[] Encode(Tensor scans) =>
    [
        .. _encoders.SelectMany((encoder, m) => encoder.Run([("scan", scans.narrow(1, m, 1))])
            .Select(pair => ($"{s_modalities[m]}.{pair.Key}", pair.Value))),
    ];

    /// <summary>Features, and who is seen of each sample, to logits.</summary>
    public Tensor Decode((string Name, Tensor Value)[] features, Tensor presence) =>
        _decoder.Run([.. features, ("presence", presence)])["logits"];

    public void Dispose()
    {
        _decoder.Dispose();
        foreach (OnnxFile encoder in _encoders)
            encoder.Dispose();
    }
}
