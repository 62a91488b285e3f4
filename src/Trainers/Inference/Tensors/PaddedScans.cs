using Smml.MLNet.Networks;
using Smml.MLNet.VolumeStages;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>The scans of a case as the networks take them: at least a window along each axis, evenly padded on both
/// sides with what lies around the brain.</summary>
internal sealed class PaddedScans : IDisposable
{
    private readonly CasePadding _padding;
    private readonly float?[] _backgrounds;

    private PaddedScans(Tensor image, float?[] backgrounds, CasePadding padding, CaseFrame frame)
    {
        Image = image;
        Frame = frame;
        _padding = padding;
        _backgrounds = backgrounds;
    }

    /// <summary>(4, X, Y, Z) on the CPU; a missing scan is zero, which nothing reads.</summary>
    public Tensor Image { get; }

    /// <summary>The shape with the padding.</summary>
    public VolumeShape PaddedShape => _padding.Padded;

    /// <summary>The shape before the padding.</summary>
    public VolumeShape Shape => _padding.Shape;

    /// <summary>Where the case lies in the whole volume.</summary>
    public CaseFrame Frame { get; }

    /// <summary>Stacks and pads.</summary>
    /// <param name="scans">Flair, T1ce, T1, T2, first axis fastest, with the value of a voxel without tissue; null where missing.</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="frame">Where they lie in the whole volume.</param>
    /// <param name="window">The networks' window.</param>
    public static PaddedScans Of(
        IReadOnlyList<(ReadOnlyMemory<float> Voxels, float Background)?> scans, VolumeShape shape, CaseFrame frame, VolumeShape window)
    {
        using DisposeScope scope = NewDisposeScope();
        CasePadding padding = new(shape, window);
        VolumeShape padded = padding.Padded;
        (int X, int Y, int Z) before = padding.Before;
        // last axis first
        long[] sides =
        [
            before.Z,
            padded.Z - shape.Z - before.Z,
            before.Y,
            padded.Y - shape.Y - before.Y,
            before.X,
            padded.X - shape.X - before.X,
        ];
        float?[] backgrounds = [.. scans.Select(scan => scan?.Background)];
        Tensor image = zeros([scans.Count, padded.X, padded.Y, padded.Z]);
        for (int i = 0; i < scans.Count; i++)
        {
            if (scans[i] is not { } scan)
                continue;
            using DisposeScope one = NewDisposeScope(); // a scan at a time: at full size each copy is tens of megabytes
            image[i].copy_(nn.functional.pad(
                tensor(scan.Voxels.ToArray(), [shape.Z, shape.Y, shape.X]).permute(2, 1, 0),
                sides,
                PaddingModes.Constant,
                scan.Background));
        }

        return new(image.DetachFromDisposeScope(), backgrounds, padding, frame);
    }

    /// <inheritdoc cref="CasePadding.PlaceOf"/>
    public (int X, int Y, int Z) PlaceOf((int X, int Y, int Z) start) => _padding.PlaceOf(start);

    /// <summary>Stacks and pads.</summary>
    /// <param name="scans">The scans of a case.</param>
    /// <param name="window">The networks' window.</param>
    public static PaddedScans Of(VolumeSet scans, VolumeShape window)
    {
        (ReadOnlyMemory<float>, float)?[] each =
        [
            .. ModalitySet.All.Select(
                modality => scans[modality] is { } scan ? ((ReadOnlyMemory<float>, float)?)(scan.Memory, scan.Background) : null),
        ];
        return Of(each, scans.Shape, CaseFrame.Of(scans), window);
    }

    /// <summary>The part of a map (K, X, Y, Z) that lies on the case. What was predicted in the padding is no
    /// finding: the scans have no voxel there.</summary>
    public Tensor Inner(Tensor map) => TensorWindows.Part(map, _padding.Before, Shape);

    /// <summary>Whether a scan of a set differs from its background somewhere in a window.</summary>
    public Func<(int X, int Y, int Z), bool> HasTissue(ModalitySet seen)
    {
        Tensor tissue = Tissue(seen);
        return start =>
        {
            using DisposeScope scope = NewDisposeScope();
            return TensorWindows.Part(tissue, start, _padding.Window).any().item<bool>();
        };
    }

    public void Dispose() => Image.Dispose();

    // Where a scan of the set differs from its background: (1, X, Y, Z) of booleans.
    private Tensor Tissue(ModalitySet seen)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tissue = zeros(Image.shape[1..], ScalarType.Bool);
        foreach (Modality modality in seen)
        {
            if (_backgrounds[(int)modality] is { } background)
                tissue = tissue.logical_or(Image[(int)modality].ne(tensor(background)));
        }

        return tissue.unsqueeze(0).MoveToOuterDisposeScope();
    }
}
