using Smml.MLNet.Networks;
using Smml.MLNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.M3ae;

/// <summary>The image that stands for missing scans, (1, 4, Z, Y, X) in the released order: which part of it belongs to a window.</summary>
internal static class SubstituteImage
{
    /// <summary>The part of the image that stands at a window.</summary>
    /// <param name="image">(1, 4, Z, Y, X).</param>
    /// <param name="patch">The window's shape.</param>
    /// <param name="start">The first voxel of the window in the case.</param>
    /// <param name="frame">Where the case lies in the whole volume, which the image spans.</param>
    /// <param name="flips">Along which axes the window is mirrored.</param>
    /// <returns>(1, 4, z, y, x) of the window's shape.</returns>
    /// <exception cref="ArgumentException">The whole volume has no voxel.</exception>
    public static Tensor Cut(Tensor image, VolumeShape patch, (int X, int Y, int Z) start, CaseFrame frame, FlipAxes flips)
    {
        if (frame.Shape.Count < 1)
            throw new ArgumentException(
                $"The whole volume of a window has the shape {frame.Shape}; expected at least one voxel.", nameof(frame));
        Tensor part = image;
        int[] begin = [start.X + frame.Offset.X, start.Y + frame.Offset.Y, start.Z + frame.Offset.Z];
        FlipAxes[] axes = [FlipAxes.X, FlipAxes.Y, FlipAxes.Z];
        for (int axis = 2; axis >= 0; axis--) // the slowest axis of the image first: the fewest voxels are touched
        {
            long dimension = 4 - axis;
            int[] index = Indices(begin[axis], patch[axis], frame.Shape[axis], (int)image.shape[dimension]);
            if (flips.HasFlag(axes[axis]))
                Array.Reverse(index);
            part = Take(part, dimension, index);
        }

        return part;
    }

    /// <summary>The voxels of the image, along one axis, for the voxels of a window: the nearest one, at the edge outside.</summary>
    /// <param name="begin">The first voxel of the window in the whole volume.</param>
    /// <param name="count">Voxels of the window.</param>
    /// <param name="whole">Voxels of the whole volume.</param>
    /// <param name="image">Voxels of the image.</param>
    public static int[] Indices(int begin, int count, int whole, int image) =>
    [
        .. Enumerable.Range(begin, count).Select(voxel => (int)Math.Clamp(((2L * voxel) + 1) * image / (2L * whole), 0, image - 1)),
    ];

    /// <summary>The length of the vector of all differences of the image from its mean in each modality.</summary>
    /// <param name="image">(1, 4, Z, Y, X).</param>
    public static Tensor Spread(Tensor image)
    {
        using Tensor each = image.flatten(2); // (1, 4, V)
        return each.var(2, unbiased: false).sum().Times(each.shape[2]).sqrt();
    }

    /// <summary>The part of the image for a training sample, varied in intensity and mirrored as its scans are.</summary>
    public static Tensor Cut(Tensor image, VolumeShape patch, TrainingSample sample, bool varied)
    {
        Tensor part = Cut(image, patch, sample.Start, sample.Frame, sample.Flips);
        if (!varied || sample.Intensity.Scale.Length == 0)
            return part;
        return (part * Slices(sample.Intensity.Scale)).Plus(Slices(sample.Intensity.Shift));

        // (X, 4) before mirroring to (1, 4, 1, 1, x).
        Tensor Slices(float[] values)
        {
            Tensor slices = tensor(values, [patch.X, ModalitySet.ModalityCount]).to(image.device);
            Tensor mirrored = sample.Flips.HasFlag(FlipAxes.X) ? slices.flip(0) : slices;
            return ReleasedOrder.Scans(mirrored, 1).t().view(1, ModalitySet.ModalityCount, 1, 1, patch.X);
        }
    }

    private static Tensor Take(Tensor image, long dimension, int[] index)
    {
        int least = index.Min(), length = index.Max() - least + 1;
        Tensor part = image.narrow(dimension, least, length);
        bool isRun = length == index.Length && index[0] == least;
        return isRun && (index.Length == 1 || index[1] > index[0])
            ? part
            : part.index_select(dimension, tensor(index.Select(place => (long)(place - least)).ToArray()).to(image.device));
    }
}
