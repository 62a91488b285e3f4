using Microsoft.ML.OnnxRuntime;
using Smml.MLNet.Onnx;
using Smml.MLNet.Telemetry;

namespace Smml.MLNet.Inference;

/// <summary>The prediction of a model in onnxruntime: what <see cref="NetworkMean"/> is in libtorch, with arrays instead of
/// tensors.</summary>
/// <param name="networks">The networks.</param>
/// <param name="shape">What they predict.</param>
/// <param name="options">How windows are scored; overlap and average are set.</param>
internal sealed class GraphMean(IReadOnlyList<GraphNetwork> networks, NetworkGraph shape, SlidingWindowOptions options)
{
    private readonly FlipAxes[] _flips = WindowPlan.Flips(options);
    private readonly int _voxels = (int)shape.Window.Count;

    /// <summary>Called before each pass; it ends the work by an exception.</summary>
    public required Action BeforeEach { get; init; }

    /// <summary>Whether each network's own mean is wanted too.</summary>
    public required bool KeepsNetworks { get; init; }

    // The mean of all networks and, behind it, that of each.
    private int MapsPerSubset => KeepsNetworks ? 1 + networks.Count : 1;

    /// <summary>Scores a volume with each subset.</summary>
    /// <param name="scans">The volume, with the scans of all subsets.</param>
    /// <param name="subsets">The scans to look at, one prediction each.</param>
    /// <returns>The place of a subset, the mean of the networks and that of each, in any order of the subsets. It is, bit for bit, what the
    /// subset alone gives.</returns>
    public IEnumerable<(int Index, ArrayMap Mean, IReadOnlyList<ArrayMap> Networks)> Predict(
        ArrayScans scans, IReadOnlyList<ModalitySet> subsets)
    {
        foreach (WindowPlan plan in WindowPlan.Of(
            scans.Padding.Padded, scans.Padding.Window, options, subsets, MapsPerSubset, shape.Classes, scans.HasTissue))
        {
            ArrayMap[] means = [.. Means(scans, plan).Select(values => new ArrayMap(values, shape.Classes, scans.Padding))];
            for (int i = 0; i < plan.Subsets.Count; i++)
            {
                ArrayMap[] own = means[(i * MapsPerSubset)..((i + 1) * MapsPerSubset)];
                yield return (plan.Subsets[i].Index, own[0], own[1..]);
            }
        }
    }

    // The maps of one subset after the other.
    private float[][] Means(ArrayScans scans, WindowPlan plan)
    {
        ArraySums sums = new(scans.Padding, shape.Classes, plan.Subsets.Count * MapsPerSubset, options.Blending);
        ModalitySet seen = ModalitySet.Of([.. plan.Subsets.SelectMany(one => one.Subset)]);
        float[]?[] windows =
        [
            .. ModalitySet.All.Select(modality => seen.Contains(modality) ? new float[options.BatchSize * _voxels] : null),
        ];
        foreach ((int X, int Y, int Z)[] starts in plan.Starts.Chunk(options.BatchSize))
        {
            BeforeEach();
            Instruments.Windows(starts.Length);
            foreach (FlipAxes axes in _flips)
            {
                foreach (Modality modality in seen)
                {
                    for (int i = 0; i < starts.Length; i++)
                        scans.CopyWindow(modality, starts[i], axes, windows[(int)modality].AsSpan(i * _voxels, _voxels));
                }

                for (int network = 0; network < networks.Count; network++)
                    Add(sums, network, windows, plan, starts, axes);
            }

            foreach ((int X, int Y, int Z) start in starts)
                sums.Visit(start);
        }

        int[] own = [.. Enumerable.Range(0, MapsPerSubset).Select(map => _flips.Length * (map == 0 ? networks.Count : 1))];
        return sums.Means([.. plan.Subsets.SelectMany(_ => own)]);
    }

    // One pass of one network: the encoders once, the decoder for each subset.
    private void Add(
        ArraySums sums, int network, float[]?[] windows, WindowPlan plan, (int X, int Y, int Z)[] starts, FlipAxes axes)
    {
        IDisposableReadOnlyCollection<OrtValue>?[] features = new IDisposableReadOnlyCollection<OrtValue>?[windows.Length];
        try
        {
            for (int m = 0; m < windows.Length; m++)
            {
                if (windows[m] is not { } own)
                    continue;
                using OrtValue scan = OrtValue.CreateTensorValueFromMemory(
                    OrtMemoryInfo.DefaultInstance,
                    own.AsMemory(0, starts.Length * _voxels),
                    [starts.Length, 1, shape.Window.X, shape.Window.Y, shape.Window.Z]);
                features[m] = networks[network].Encode((Modality)m, scan);
            }

            for (int i = 0; i < plan.Subsets.Count; i++)
            {
                using IDisposableReadOnlyCollection<OrtValue> decoded =
                    networks[network].Decode(features, plan.Subsets[i].Subset, starts.Length);
                Add(sums, i * MapsPerSubset, network, decoded[0].GetTensorMutableDataAsSpan<float>(), starts, axes);
            }
        }
        finally
        {
            foreach (IDisposableReadOnlyCollection<OrtValue>? own in features)
                own?.Dispose();
        }
    }

    private void Add(
        ArraySums sums, int map, int network, Span<float> logits, (int X, int Y, int Z)[] starts, FlipAxes axes)
    {
        int size = shape.Classes * _voxels;
        for (int i = 0; i < starts.Length; i++)
        {
            Span<float> own = logits.Slice(i * size, size);
            if (options.Average == WindowAverage.Probabilities)
                ArrayMap.Softmax(own, shape.Classes);
            sums.Add(map, own, starts[i], axes);
            if (KeepsNetworks)
                sums.Add(map + 1 + network, own, starts[i], axes);
        }
    }
}
