using Smml.MLNet.Networks;
using Smml.MLNet.Telemetry;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>The prediction of a model: the mean of its networks over windows, with any number of subsets of the scans at the price of one
/// run of the encoders.</summary>
/// <param name="networks">The networks, in scoring mode.</param>
/// <param name="window">The networks' window.</param>
/// <param name="options">How windows are scored; overlap and average are set.</param>
internal sealed class NetworkMean(
    IReadOnlyList<SegmentationNetwork> networks, VolumeShape window, SlidingWindowOptions options)
{
    private readonly Readout _readout = networks[0].Readout;
    private readonly FlipAxes[] _flips = WindowPlan.Flips(options);

    /// <summary>Called before each pass; it ends the work by an exception.</summary>
    public Action? BeforeEach { get; init; }

    /// <summary>Whether each network's own mean is wanted too.</summary>
    public bool KeepsNetworks { get; init; }

    // The mean of all networks and, behind it, that of each.
    private int MapsPerSubset => KeepsNetworks ? 1 + networks.Count : 1;

    /// <summary>Scores a volume with each subset.</summary>
    /// <param name="scans">The volume; a scan that no subset has may hold anything.</param>
    /// <param name="subsets">The scans to look at, one prediction each.</param>
    /// <returns>The predictions, in any order; each lives until the next is asked for. It is, bit
    /// for bit, what the subset alone gives.</returns>
    public IEnumerable<Prediction> Predict(PaddedScans scans, IReadOnlyList<ModalitySet> subsets)
    {
        foreach (ModalitySet subset in subsets.Except(networks[0].Subsets))
            throw SegmentationNetwork.Unknown(subset, networks[0].Subsets);
        using DisposeScope all = NewDisposeScope();
        foreach (WindowPlan plan in WindowPlan.Of(
            scans.PaddedShape, window, options, subsets, MapsPerSubset, _readout.MapCount, scans.HasTissue))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor[] means = Means(scans, [.. plan.Subsets.Select(one => one.Subset)], plan.Starts);
            for (int i = 0; i < plan.Subsets.Count; i++)
            {
                Tensor[] own = [.. means.Skip(i * MapsPerSubset).Take(MapsPerSubset).Select(scans.Inner)];
                yield return new(plan.Subsets[i].Index, own[0], own[1..]);
            }
        }
    }

    /// <summary>Class of each voxel in the order of a volume, first axis fastest.</summary>
    /// <param name="means">What <see cref="Predict"/> gave.</param>
    public byte[] Classes(Tensor means)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor classes = _readout.Classes(means, options.Average!.Value);
        return classes.permute(2, 1, 0).to(ScalarType.Byte).cpu().contiguous().data<byte>().ToArray();
    }

    /// <summary>Probabilities of what <see cref="Predict"/> gave.</summary>
    public Tensor Probabilities(Tensor means) =>
        options.Average == WindowAverage.Probabilities ? means.alias() : _readout.Probabilities(means, 0);

    // The maps of one subset after the other.
    private Tensor[] Means(PaddedScans scans, ModalitySet[] subsets, IReadOnlyList<(int X, int Y, int Z)> all)
    {
        Device device = networks[0].Device;
        using WindowSums sums = new(
            scans.PaddedShape, _readout.MapCount, subsets.Length * MapsPerSubset, window, options.Blending, device)
        {
            HasBackground = _readout.HasBackground,
        };
        foreach ((int X, int Y, int Z)[] starts in all.Chunk(options.BatchSize))
        {
            BeforeEach?.Invoke();
            Instruments.Windows(starts.Length);
            using DisposeScope step = NewDisposeScope();
            Tensor windows = stack([.. starts.Select(start => TensorWindows.Part(scans.Image, start, window))]).to(device);
            foreach (FlipAxes axes in _flips)
            {
                using DisposeScope pass = NewDisposeScope();
                Tensor flipped = Flip(windows, axes);
                for (int n = 0; n < networks.Count; n++)
                {
                    int network = n;
                    Windows seen = new(flipped.to(networks[n].Device), [.. starts.Select(scans.PlaceOf)], scans.Frame, axes);
                    networks[n].Predict(seen, subsets, (subset, logits) =>
                    {
                        Tensor averaged = options.Average == WindowAverage.Probabilities ? _readout.Probabilities(logits, 1) : logits;
                        Tensor straight = Flip(averaged, axes);
                        sums.Add(subset * MapsPerSubset, straight, starts);
                        if (KeepsNetworks)
                            sums.Add((subset * MapsPerSubset) + 1 + network, straight, starts);
                    });
                }
            }

            sums.Visit(starts);
        }

        int[] own = [.. Enumerable.Range(0, MapsPerSubset).Select(map => _flips.Length * (map == 0 ? networks.Count : 1))];
        return sums.Means([.. subsets.SelectMany(_ => own)]);
    }

    // (B, C, X, Y, Z).
    private static Tensor Flip(Tensor map, FlipAxes axes)
    {
        FlipAxes[] order = [FlipAxes.X, FlipAxes.Y, FlipAxes.Z];
        long[] dimensions = [.. order.Index().Where(axis => axes.HasFlag(axis.Item)).Select(axis => axis.Index + 2L)];
        return dimensions.Length == 0 ? map : map.flip(dimensions);
    }

    /// <summary>What was predicted with a subset, without the padding: (M, X, Y, Z) of logits or,
    /// where they are averaged, probabilities.</summary>
    /// <param name="Index">The place of the subset among those that were asked for.</param>
    /// <param name="Mean">The mean of the networks, on the device of the first.</param>
    /// <param name="Networks">Each network's own mean, where it was asked for.</param>
    internal sealed record Prediction(int Index, Tensor Mean, IReadOnlyList<Tensor> Networks);
}
