using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>The prediction of SMML: the mean of the branches' logits, in windows, with any number of subsets of the scans at the price of one run of the encoders.</summary>
internal static class BranchMean
{
    /// <summary>Logits of a volume with each subset, averaged over branches and windows.</summary>
    /// <param name="branches">The students, in scoring mode.</param>
    /// <param name="image">(4, X, Y, Z), at least a window along each axis; a scan that no subset sees may hold anything.</param>
    /// <param name="subsets">The scans to look at, a prediction each.</param>
    /// <param name="window">The networks' window.</param>
    /// <param name="overlap">As in <see cref="SlidingWindow.Starts"/>.</param>
    /// <returns>(K, X, Y, Z) a subset, on the device of the first branch. Each is, bit for bit, what the subset alone would give.</returns>
    public static Tensor[] Logits(IReadOnlyList<SmmlBranch> branches, Tensor image, IReadOnlyList<ModalitySet> subsets, VolumeShape window, double overlap) =>
        SlidingWindow.Mean(image, window, overlap, subsets.Count, (patch, add) =>
        {
            foreach (SmmlBranch branch in branches)
                branch.Predict(patch.to(branch.Device), subsets, add);
        }, branches[0].Device, passes: branches.Count);

    /// <summary>Class of each voxel in the order of a volume, first axis fastest.</summary>
    /// <param name="logits">(K, X, Y, Z).</param>
    /// <param name="classes">X * Y * Z elements.</param>
    public static void Classes(Tensor logits, Span<byte> classes)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor labels = logits.argmax(0).permute(2, 1, 0).to(ScalarType.Byte).cpu().contiguous();
        labels.data<byte>().CopyTo(classes);
    }

    /// <summary>Scans as (4, X, Y, Z) on the CPU; a missing one is zero, which nothing reads.</summary>
    /// <param name="scans">Flair, T1ce, T1, T2 of one shape; null where missing.</param>
    /// <param name="shape">Their shape.</param>
    public static Tensor Stack(IReadOnlyList<Volume?> scans, VolumeShape shape) => stack([.. scans.Select(scan => scan is null
        ? zeros([shape.X, shape.Y, shape.Z])
        : tensor(scan.Voxels.ToArray(), [shape.Z, shape.Y, shape.X]).permute(2, 1, 0))]);
}
