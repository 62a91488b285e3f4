using Smml.MLNet.Networks;
using Smml.MLNet.VolumeStages;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>The scans of a case as the networks take them: at least a window along each axis, evenly padded on both
/// sides with what lies around the brain.</summary>
internal sealed class PaddedScans : IDisposable
{
    private readonly (int X, int Y, int Z) _before;
    private readonly float?[] _backgrounds;

    private PaddedScans(Tensor image, float?[] backgrounds, VolumeShape shape, CaseFrame frame, (int X, int Y, int Z) before)
    {
        Image = image;
        Frame = frame;
        Shape = shape;
        _before = before;
        _backgrounds = backgrounds;
    }

    /// <summary>(4, X, Y, Z) on the CPU; a missing scan is zero, which nothing reads.</summary>
    public Tensor Image { get; }

    /// <summary>The shape with the padding.</summary>
    public VolumeShape PaddedShape => new((int)Image.shape[1], (int)Image.shape[2], (int)Image.shape[3]);

    /// <summary>The shape before the padding.</summary>
    public VolumeShape Shape { get; }

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
        VolumeShape padded = new(Math.Max(shape.X, window.X), Math.Max(shape.Y, window.Y), Math.Max(shape.Z, window.Z));
        (int X, int Y, int Z) before = ((padded.X - shape.X) / 2, (padded.Y - shape.Y) / 2, (padded.Z - shape.Z) / 2);
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

        return new(image.DetachFromDisposeScope(), backgrounds, shape, frame, before);
    }

    /// <summary>Where a window that begins at a voxel of the image begins in the case; negative in the padding.</summary>
    public (int X, int Y, int Z) PlaceOf((int X, int Y, int Z) start) => (start.X - _before.X, start.Y - _before.Y, start.Z - _before.Z);

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
    public Tensor Inner(Tensor map) => map.narrow(1, _before.X, Shape.X).narrow(2, _before.Y, Shape.Y).narrow(3, _before.Z, Shape.Z);

    /// <summary>Where a scan of the set differs from its background: (X, Y, Z) of booleans.</summary>
    public Tensor Tissue(ModalitySet seen)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tissue = zeros(Image.shape[1..], ScalarType.Bool);
        foreach (Modality modality in seen)
        {
            if (_backgrounds[(int)modality] is { } background)
                tissue = tissue.logical_or(Image[(int)modality].ne(tensor(background)));
        }

        return tissue.MoveToOuterDisposeScope();
    }

    public void Dispose() => Image.Dispose();
}
