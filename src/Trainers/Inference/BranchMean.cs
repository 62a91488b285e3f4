using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>The prediction of SMML: the mean of the branches' logits, in windows.</summary>
internal static class BranchMean
{
    /// <summary>Logits of a volume, averaged over branches and windows.</summary>
    /// <param name="branches">The students, in scoring mode.</param>
    /// <param name="image">(4, X, Y, Z), at least a window along each axis; a scan that is not present may hold anything.</param>
    /// <param name="present">The scans to look at.</param>
    /// <param name="window">The networks' window.</param>
    /// <param name="overlap">As in <see cref="SlidingWindow.Starts"/>.</param>
    /// <returns>(K, X, Y, Z) on the device of the first branch.</returns>
    public static Tensor Logits(IReadOnlyList<SmmlBranch> branches, Tensor image, ModalitySet present, VolumeShape window, double overlap)
    {
        Device device = branches[0].Device;
        Tensor[] masks = [.. branches.Select(branch => tensor(ModalitySet.All.Select(present.Contains).ToArray()).unsqueeze(0).to(branch.Device))];
        return SlidingWindow.Mean(image, window, overlap, Predict, device);

        Tensor Predict(Tensor patch) => branches.Select((branch, b) => branch.Predict(patch.to(branch.Device), masks[b], present).to(device)).Aggregate(ScalarMath.Plus).Over(branches.Count);
    }

    /// <summary>Class of each voxel in the order of a volume, first axis fastest.</summary>
    /// <param name="logits">(K, X, Y, Z).</param>
    /// <param name="classes">X * Y * Z elements.</param>
    public static void Classes(Tensor logits, Span<byte> classes)
    {
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
