using Smml.MLNet.Networks;
using Smml.MLNet.VolumeStages;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>Trained networks in libtorch.</summary>
internal sealed class TorchEngine : SegmentationEngine
{
    private readonly IReadOnlyList<SegmentationNetwork> _networks;

    /// <summary>Takes over the networks.</summary>
    public TorchEngine(SegmentationModelInfo info, IReadOnlyList<SegmentationNetwork> networks, Device device)
        : base(info)
    {
        Device = device;
        _networks = networks;
        foreach (SegmentationNetwork network in networks)
        {
            network.To(device);
            network.Train(false);
        }
    }

    /// <summary>The networks, ready to score.</summary>
    public IReadOnlyList<SegmentationNetwork> Networks => _networks;

    /// <summary>Where it computes.</summary>
    public Device Device { get; }

    public override string Description => $"libtorch (TorchSharp {ModelEnvironment.TorchSharpVersion}), {DeviceName}";

    public override IReadOnlyList<ModalitySet> Subsets => _networks[0].Subsets;

    protected override string DeviceName => Device.ToString();

    /// <summary>The weights as they are saved, part by part.</summary>
    public IEnumerable<float[]> WeightParts()
    {
        ThrowIfDisposed();
        return NetworkWeights.Parts(_networks);
    }

    /// <summary>The mean over networks and windows of the logits or probabilities, (M, X, Y, Z) a subset.</summary>
    internal Tensor[] Logits(VolumeSet scans, IReadOnlyList<ModalitySet> subsets, SlidingWindowOptions? windows = null)
    {
        Tensor[] found = new Tensor[subsets.Count];
        foreach (TorchPrediction prediction in Predict(scans, subsets, windows, default).Cast<TorchPrediction>())
            found[prediction.Index] = prediction.Mean.clone().DetachFromDisposeScope();
        return found;
    }

    protected override IEnumerable<Prediction> Score(
        VolumeSet scans, IReadOnlyList<ModalitySet> subsets, SlidingWindowOptions options, bool keepsNetworks, Action beforeEach)
    {
        NetworkMean mean = new(_networks, Info.Architecture.Patch, options) { KeepsNetworks = keepsNetworks, BeforeEach = beforeEach };
        using IDisposable inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        using PaddedScans padded = PaddedScans.Of(scans, Info.Architecture.Patch);
        foreach (NetworkMean.Prediction found in mean.Predict(padded, subsets))
            yield return new TorchPrediction(found, mean);
    }

    protected override void Free()
    {
        foreach (SegmentationNetwork network in _networks)
            network.Dispose();
    }

    private sealed class TorchPrediction(NetworkMean.Prediction found, NetworkMean mean) : Prediction(found.Index)
    {
        public Tensor Mean => found.Mean;

        public override byte[] Classes() => mean.Classes(found.Mean);

        public override IReadOnlyList<byte[]> NetworkClasses() => [.. found.Networks.Select(mean.Classes)];

        public override float[] Disagreement() => NetworkDisagreement.Map([.. found.Networks.Select(mean.Probabilities)]);
    }
}
