using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Smml.MLNet.Onnx;

namespace Smml.MLNet.Inference;

/// <summary>The weights of a model in the memory that all sessions read.</summary>
internal sealed class GraphWeights : IDisposable
{
    private readonly float[] _numbers;
    private readonly Dictionary<string, OrtValue> _values;

    /// <summary>Copies the weights that graphs have taken.</summary>
    /// <param name="weights">Where they lie; every graph is built.</param>
    /// <param name="all">The weights as a zip has them.</param>
    public GraphWeights(OnnxWeights weights, ReadOnlySpan<float> all)
    {
        // Pinned, because onnxruntime keeps the addresses.
        _numbers = GC.AllocateUninitializedArray<float>(checked((int)(weights.Length / sizeof(float))), pinned: true);
        _values = new(StringComparer.Ordinal);
        foreach (OnnxWeight weight in weights.Taken)
        {
            int start = (int)(weight.Offset / sizeof(float));
            OnnxWeights.Copy(weight, all, _numbers.AsSpan(start, (int)(weight.Length / sizeof(float))));
            _values.Add(weight.Name, OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance,
                Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float,
                weight.Shape,
                Marshal.UnsafeAddrOfPinnedArrayElement(_numbers, start),
                weight.Length));
        }
    }

    /// <summary>Lets a session read the weights of its graph; they must outlive it.</summary>
    public void AddTo(SessionOptions options, OnnxGraph graph)
    {
        foreach (OnnxWeight weight in graph.Weights)
            options.AddInitializer(weight.Name, _values[weight.Name]);
    }

    public void Dispose()
    {
        foreach (OrtValue value in _values.Values)
            value.Dispose();
        GC.KeepAlive(_numbers);
    }
}
