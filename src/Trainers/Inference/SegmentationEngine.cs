using Microsoft.ML;
using Microsoft.ML.Runtime;
using Smml.MLNet.Networks;
using Smml.MLNet.Telemetry;
using Smml.MLNet.Volumes;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Inference;

/// <summary>A model on a device, ready to segment. Weights never change, so many threads may share one engine.</summary>
internal abstract class SegmentationEngine : IDisposable
{
    private readonly EngineUse _use;

    /// <summary>Keeps what the model is.</summary>
    protected SegmentationEngine(SegmentationModelInfo info)
    {
        Info = info;
        _use = new(Free);
    }

    /// <summary>What the model is.</summary>
    public SegmentationModelInfo Info { get; }

    /// <summary>Library and device, for example <c>onnxruntime 1.31.1, cpu</c>.</summary>
    public abstract string Description { get; }

    /// <summary>The subsets of the scans from which the model can segment.</summary>
    public abstract IReadOnlyList<ModalitySet> Subsets { get; }

    /// <summary>Where it computes, for example <c>cpu</c>.</summary>
    protected abstract string DeviceName { get; }

    /// <inheritdoc cref="SegmentationNetwork.Unknown"/>
    public InvalidOperationException Unknown(ModalitySet subset) => SegmentationNetwork.Unknown(subset, Subsets);

    /// <summary>Says in the log what computes.</summary>
    public void Announce(MLContext context)
    {
        using IChannel channel = ((IHostEnvironment)context).Register(nameof(SegmentationEngine)).Start(nameof(Segment));
        channel.Info(MessageSensitivity.None, "Scoring with {0}.", Description);
    }

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
        using Instruments.StageWatch watch = Instruments.Stage(CaseStage.Network);
        Volume[] found = new Volume[subsets.Count];
        foreach (Prediction prediction in Predict(scans, subsets, windows, cancellation))
            found[prediction.Index] = Labels(scans, subsets[prediction.Index], prediction.Classes());
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
        if (Info.Architecture.NetworkCount < 2)
            throw OneNetwork(Info);
        using Instruments.StageWatch watch = Instruments.Stage(CaseStage.Network);
        ModalitySet present = scans.Present;
        using IEnumerator<Prediction> predictions =
            Predict(scans, [present], windows, cancellation, keepsNetworks: true).GetEnumerator();
        predictions.MoveNext();
        Prediction prediction = predictions.Current; // lives until the enumerator goes on
        float[] map = prediction.Disagreement();
        byte[] classes = prediction.Classes();
        return new(
            Labels(scans, present, classes),
            scans.Reference.WithVoxels(map, background: 0).WithConvention(null).ToSourceGrid(0)
                .WithOrigin(VolumeOrigin.Disagreement),
            NetworkDisagreement.Agreement(prediction.NetworkClasses(), map, classes, Info.Convention));
    }

    /// <summary>Why a model with one network has no uncertainty.</summary>
    public static InvalidOperationException OneNetwork(SegmentationModelInfo info) => new(
        $"Uncertainty is the disagreement of two networks, and this {info.Method.Title} model has one. Score without uncertainty, "
        + "or use a model of SMML with two branches.");

    /// <summary>Ends every scoring that is going on with an <see cref="ObjectDisposedException"/>; the last
    /// one to leave gives the memory back.</summary>
    public void Dispose() => _use.Close();

    /// <summary>Scores a case, counted as a use of the engine; says what was too large for the device.</summary>
    /// <param name="scans">The preprocessed scans.</param>
    /// <param name="subsets">Subsets of the scans that are there.</param>
    /// <param name="windows">How windows are scored; null for the defaults.</param>
    /// <param name="cancellation">Ends the work between two windows.</param>
    /// <param name="keepsNetworks">Whether each network's own mean is wanted too.</param>
    /// <returns>A prediction a subset, in any order; each lives until the next is asked for.</returns>
    protected IEnumerable<Prediction> Predict(
        VolumeSet scans,
        IReadOnlyList<ModalitySet> subsets,
        SlidingWindowOptions? windows,
        CancellationToken cancellation,
        bool keepsNetworks = false)
    {
        using EngineUse.Token use = _use.Enter();
        foreach (ModalitySet subset in subsets.Except(Subsets))
            throw Unknown(subset);
        SlidingWindowOptions options = (windows ?? new()).For(Info.Architecture, Info.Overlap);
        using IEnumerator<Prediction> predictions = Score(scans, subsets, options, keepsNetworks, () =>
        {
            cancellation.ThrowIfCancellationRequested();
            _use.ThrowIfClosed();
        }).GetEnumerator();
        while (MoveNext(predictions, options.BatchSize))
            yield return predictions.Current;
    }

    /// <summary>Scores a case.</summary>
    /// <param name="scans">The preprocessed scans.</param>
    /// <param name="subsets">Subsets from which the model can segment.</param>
    /// <param name="options">How windows are scored; overlap and average are set.</param>
    /// <param name="keepsNetworks">Whether each network's own mean is wanted too.</param>
    /// <param name="beforeEach">Called before each pass; it ends the work by an exception.</param>
    /// <returns>A prediction a subset, in any order; each lives until the next is asked for.</returns>
    protected abstract IEnumerable<Prediction> Score(
        VolumeSet scans, IReadOnlyList<ModalitySet> subsets, SlidingWindowOptions options, bool keepsNetworks, Action beforeEach);

    /// <summary>Gives the memory back; called once, when nobody scores.</summary>
    protected abstract void Free();

    /// <summary>Fails where the engine was disposed.</summary>
    protected void ThrowIfDisposed() => _use.ThrowIfClosed();

    private Volume Labels(VolumeSet scans, ModalitySet subset, byte[] classes)
    {
        Volume reference = scans.Reference;
        LabelConvention convention = reference.LabelConvention is { } own && own.HasSameClasses(Info.Convention) ? own : Info.Convention;
        return convention.ToVolume(classes, reference).ToSourceGrid(0)
            .WithWarnings([.. subset.SelectMany(modality => scans[modality]?.Warnings ?? []).Distinct(StringComparer.Ordinal)])
            .WithOrigin(VolumeOrigin.Segmentation);
    }

    // Says what was too large for the device.
    private bool MoveNext(IEnumerator<Prediction> predictions, int batchSize)
    {
        try
        {
            return predictions.MoveNext();
        }
        catch (Exception exception) when (DeviceOutOfMemoryException.IsMeant(exception))
        {
            NetworkArchitecture architecture = Info.Architecture;
            bool isSingle = batchSize == 1;
            string what = isSingle ? $"a window of {architecture.Patch}" : $"{batchSize} windows of {architecture.Patch}";
            string advice = isSingle
                ? "Close other programs that use the device, or score on another one."
                : "Lower the BatchSize of the windows, close other programs that use the device, or score on another one.";
            throw DeviceOutOfMemoryException.Of(
                what, DeviceName, batchSize * MemoryEstimate.Window(architecture, Info.WeightCount), advice, exception);
        }
    }
}
