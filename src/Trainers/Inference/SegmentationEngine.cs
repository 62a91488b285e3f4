using Smml.MLNet.Networks;
using Smml.MLNet.Volumes;
using Smml.MLNet.VolumeStages;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>Trained networks on a device, ready to segment. Weights never change, so many threads may share one engine.</summary>
internal sealed class SegmentationEngine : IDisposable
{
    private readonly IReadOnlyList<SegmentationNetwork> _networks;
    private readonly EngineUse _use;

    /// <summary>Takes over the networks.</summary>
    public SegmentationEngine(SegmentationModelInfo info, IReadOnlyList<SegmentationNetwork> networks, Device device)
    {
        Info = info;
        Device = device;
        _networks = networks;
        _use = new(() =>
        {
            foreach (SegmentationNetwork network in networks)
                network.Dispose();
        });
        foreach (SegmentationNetwork network in networks)
        {
            network.To(device);
            network.Train(false);
        }
    }

    /// <summary>What the model is.</summary>
    public SegmentationModelInfo Info { get; }

    /// <summary>The networks, ready to score.</summary>
    public IReadOnlyList<SegmentationNetwork> Networks => _networks;

    /// <summary>Where it computes.</summary>
    public Device Device { get; }

    /// <summary>The subsets of the scans from which the model can segment.</summary>
    public IReadOnlyList<ModalitySet> Subsets => _networks[0].Subsets;

    /// <inheritdoc cref="SegmentationNetwork.Unknown"/>
    public InvalidOperationException Unknown(ModalitySet subset) => _networks[0].Unknown(subset);

    /// <summary>Segments one case with all its scans.</summary>
    /// <param name="scans">The preprocessed scans.</param>
    /// <returns>The labels on the grid of the source files, with the label values of the case's own data set, else of the training data;
    /// and with the warnings of all scans.</returns>
    public Volume Segment(VolumeSet scans) => Segment(scans, [scans.Present])[0];

    /// <summary>Segments one case as if only some of its scans were there, for several subsets of them. The encoders run once.</summary>
    /// <param name="scans">The preprocessed scans.</param>
    /// <param name="subsets">Subsets of the scans that are there.</param>
    /// <param name="windows">How windows are scored; null for the defaults.</param>
    /// <param name="cancellation">Ends the work between two windows.</param>
    /// <returns>A segmentation a subset, each bit for bit what the subset alone would give.</returns>
    /// <exception cref="ObjectDisposedException">The engine was disposed, before or meanwhile.</exception>
    public Volume[] Segment(
        VolumeSet scans, IReadOnlyList<ModalitySet> subsets, SlidingWindowOptions? windows = null, CancellationToken cancellation = default)
    {
        Volume[] found = new Volume[subsets.Count];
        using Scoring scoring = new(this, scans, windows, cancellation);
        foreach (NetworkMean.Prediction prediction in scoring.Predict(subsets))
            found[prediction.Index] = Labels(scans, subsets[prediction.Index], scoring.Classes(prediction.Mean));
        return found;
    }

    /// <summary>Segments one case with all its scans, and says how far the networks disagree.</summary>
    /// <param name="scans">The preprocessed scans.</param>
    /// <param name="windows">How windows are scored; null for the defaults.</param>
    /// <param name="cancellation">Ends the work between two windows.</param>
    /// <exception cref="InvalidOperationException">The model has one network.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed, before or meanwhile.</exception>
    public UncertainSegmentation SegmentWithUncertainty(
        VolumeSet scans, SlidingWindowOptions? windows = null, CancellationToken cancellation = default)
    {
        if (_networks.Count < 2)
            throw OneNetwork(Info);
        ModalitySet present = scans.Present;
        using Scoring scoring = new(this, scans, windows, cancellation, keepsNetworks: true);
        using IEnumerator<NetworkMean.Prediction> predictions = scoring.Predict([present]).GetEnumerator();
        predictions.MoveNext();
        NetworkMean.Prediction prediction = predictions.Current; // lives until the enumerator goes on
        float[] map = NetworkDisagreement.Map([.. prediction.Networks.Select(scoring.Probabilities)]);
        byte[] classes = scoring.Classes(prediction.Mean);
        return new(
            Labels(scans, present, classes),
            scans.Reference.WithVoxels(map, background: 0).WithConvention(null).ToSourceGrid(0)
                .WithOrigin(VolumeOrigin.Disagreement),
            NetworkDisagreement.Agreement([.. prediction.Networks.Select(scoring.Classes)], map, classes, Info.Convention));
    }

    /// <summary>Why a model with one network has no uncertainty.</summary>
    public static InvalidOperationException OneNetwork(SegmentationModelInfo info) => new(
        $"Uncertainty is the disagreement of two networks, and this {info.Method.Title} model has one. Score without uncertainty, "
        + "or use a model of SMML with two branches.");

    /// <summary>The mean over networks and windows of the logits or probabilities, (M, X, Y, Z) a subset.</summary>
    internal Tensor[] Logits(VolumeSet scans, IReadOnlyList<ModalitySet> subsets, SlidingWindowOptions? windows = null)
    {
        Tensor[] found = new Tensor[subsets.Count];
        using Scoring scoring = new(this, scans, windows, default);
        foreach (NetworkMean.Prediction prediction in scoring.Predict(subsets))
            found[prediction.Index] = prediction.Mean.clone().DetachFromDisposeScope();
        return found;
    }

    private Volume Labels(VolumeSet scans, ModalitySet subset, byte[] classes)
    {
        Volume reference = scans.Reference;
        LabelConvention convention = reference.LabelConvention is { } own && own.HasSameClasses(Info.Convention) ? own : Info.Convention;
        return convention.ToVolume(classes, reference).ToSourceGrid(0)
            .WithWarnings([.. subset.SelectMany(modality => scans[modality]?.Warnings ?? []).Distinct(StringComparer.Ordinal)])
            .WithOrigin(VolumeOrigin.Segmentation);
    }

    /// <summary>The weights as they are saved, part by part.</summary>
    public IEnumerable<float[]> WeightParts()
    {
        _use.ThrowIfClosed();
        return NetworkWeights.Parts(_networks);
    }

    /// <summary>Ends every scoring that is going on with an <see cref="ObjectDisposedException"/>; the last
    /// one to leave gives the memory back.</summary>
    public void Dispose() => _use.Close();

    /// <summary>One scoring of a case: while it lives, the engine's memory stays.</summary>
    private sealed class Scoring : IDisposable
    {
        private readonly SegmentationEngine _engine;
        private readonly VolumeSet _scans;
        private readonly int _batchSize;
        private readonly NetworkMean _mean;
        private readonly EngineUse.Token _use;
        private readonly IDisposable _inference;
        private readonly DisposeScope _scope;

        public Scoring(
            SegmentationEngine engine,
            VolumeSet scans,
            SlidingWindowOptions? windows,
            CancellationToken cancellation,
            bool keepsNetworks = false)
        {
            SegmentationModelInfo info = engine.Info;
            _engine = engine;
            _scans = scans;
            _batchSize = windows?.BatchSize ?? 1;
            _mean = new(
                engine._networks,
                info.Architecture.Patch,
                (windows ?? new()).For(info.Architecture, info.Overlap))
            {
                KeepsNetworks = keepsNetworks,
                BeforeEach = () =>
                {
                    cancellation.ThrowIfCancellationRequested();
                    engine._use.ThrowIfClosed();
                },
            };
            _use = engine._use.Enter();
            _inference = inference_mode();
            _scope = NewDisposeScope();
        }

        /// <inheritdoc cref="NetworkMean.Predict"/>
        public IEnumerable<NetworkMean.Prediction> Predict(IReadOnlyList<ModalitySet> subsets)
        {
            using PaddedScans padded = Guard(() => PaddedScans.Of(_scans, _engine.Info.Architecture.Patch));
            using IEnumerator<NetworkMean.Prediction> predictions = _mean.Predict(padded, subsets).GetEnumerator();
            while (Guard(predictions.MoveNext))
                yield return predictions.Current;
        }

        /// <inheritdoc cref="NetworkMean.Probabilities"/>
        public Tensor Probabilities(Tensor mean) => _mean.Probabilities(mean);

        /// <inheritdoc cref="NetworkMean.Classes"/>
        public byte[] Classes(Tensor mean) => _mean.Classes(mean);

        public void Dispose()
        {
            _scope.Dispose();
            _inference.Dispose();
            _use.Dispose();
        }

        // Says what was too large for the device.
        private T Guard<T>(Func<T> work)
        {
            try
            {
                return work();
            }
            catch (Exception exception) when (DeviceOutOfMemoryException.IsMeant(exception))
            {
                NetworkArchitecture architecture = _engine.Info.Architecture;
                bool isSingle = _batchSize == 1;
                string what = isSingle ? $"a window of {architecture.Patch}" : $"{_batchSize} windows of {architecture.Patch}";
                string advice = isSingle
                    ? "Close other programs that use the device, or score on another one."
                    : "Lower the BatchSize of the windows, close other programs that use the device, or score on another one.";
                throw DeviceOutOfMemoryException.Of(
                    what, _engine.Device, _batchSize * MemoryEstimate.Window(architecture, _engine.Info.WeightCount), advice, exception);
            }
        }
    }
}
