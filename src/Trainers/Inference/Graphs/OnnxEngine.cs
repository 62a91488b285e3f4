using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Smml.MLNet.Onnx;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Inference;

/// <summary>The networks of a model as graphs in onnxruntime; nothing of libtorch is used.</summary>
internal sealed class OnnxEngine : SegmentationEngine
{
    private readonly NetworkGraph _shape;
    private readonly List<GraphNetwork> _networks = [];
    private readonly int? _gpu;

    /// <summary>Builds the graphs; the sessions copy the weights.</summary>
    /// <param name="info">What the model is.</param>
    /// <param name="shape">Its networks.</param>
    /// <param name="weights">The weights as the zip has them.</param>
    /// <param name="gpu">The CUDA device; null for the CPU.</param>
    /// <exception cref="InvalidDataException">The networks have another number of weights.</exception>
    public OnnxEngine(SegmentationModelInfo info, NetworkGraph shape, ReadOnlySpan<float> weights, int? gpu)
        : base(info)
    {
        long expected = OnnxWeights.CountOf(shape);
        if (info.WeightCount != expected)
        {
            throw new InvalidDataException(
                $"The model is damaged: its header names {info.WeightCount} weights, expected {expected} of {info.Method.Title} with the "
                + $"architecture {info.Architecture.Describe()}. Take the file from its source again, or save the model again.");
        }

        _shape = shape;
        _gpu = gpu;
        using SessionOptions options = CreateOptions();
        try
        {
            foreach (string network in shape.Networks)
                _networks.Add(new(shape, network, weights, options));
        }
        catch
        {
            Free();
            throw;
        }
    }

    public override string Description => $"onnxruntime {OnnxRuntimeEnvironment.Version}, {DeviceName}";

    public override IReadOnlyList<ModalitySet> Subsets => ModalitySet.Subsets;

    protected override string DeviceName => _gpu is { } id ? string.Create(CultureInfo.InvariantCulture, $"cuda:{id}") : "cpu";

    /// <summary>The mean over networks and windows of the logits or probabilities, (K, X, Y, Z) a subset, last axis fastest.</summary>
    internal float[][] Logits(VolumeSet scans, IReadOnlyList<ModalitySet> subsets, SlidingWindowOptions? windows = null)
    {
        float[][] found = new float[subsets.Count][];
        foreach (ArrayPrediction prediction in Predict(scans, subsets, windows, default).Cast<ArrayPrediction>())
            found[prediction.Index] = prediction.Mean.Inner();
        return found;
    }

    protected override IEnumerable<Prediction> Score(
        VolumeSet scans, IReadOnlyList<ModalitySet> subsets, SlidingWindowOptions options, bool keepsNetworks, Action beforeEach)
    {
        ArrayScans padded = new(scans, ModalitySet.Of([.. subsets.SelectMany(subset => subset)]), _shape.Window);
        GraphMean mean = new(_networks, _shape, options) { KeepsNetworks = keepsNetworks, BeforeEach = beforeEach };
        foreach ((int index, ArrayMap own, IReadOnlyList<ArrayMap> networks) in mean.Predict(padded, subsets))
            yield return new ArrayPrediction(index, own, networks, options.Average!.Value);
    }

    protected override void Free()
    {
        foreach (GraphNetwork network in _networks)
            network.Dispose();
    }

    private SessionOptions CreateOptions()
    {
        // The variable by which libtorch is told as well.
        int? threads = int.TryParse(
            Environment.GetEnvironmentVariable("OMP_NUM_THREADS"), NumberStyles.None, CultureInfo.InvariantCulture, out int limit)
            ? limit
            : null;
        SessionOptions options = OnnxRuntimeEnvironment.CreateOptions(threads);
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"); // ten pools that wait must not keep processors busy
        if (_gpu is { } id)
            options.AppendExecutionProvider_CUDA(id);
        return options;
    }

    private sealed class ArrayPrediction(int index, ArrayMap mean, IReadOnlyList<ArrayMap> networks, WindowAverage average)
        : Prediction(index)
    {
        public ArrayMap Mean => mean;

        public override byte[] Classes() => mean.Classes();

        public override IReadOnlyList<byte[]> NetworkClasses() => [.. networks.Select(own => own.Classes())];

        public override float[] Disagreement() => ArrayMap.Disagreement(networks, average);
    }
}
