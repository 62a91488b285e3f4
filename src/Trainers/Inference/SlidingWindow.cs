using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>Where the windows of a volume begin, and the mean of what is predicted in them.</summary>
internal static class SlidingWindow
{
    /// <summary>Starts along one axis: multiples of the stride, and the last window flush with the end.</summary>
    /// <param name="length">Voxels along the axis; at least the window.</param>
    /// <param name="window">Voxels of the window.</param>
    /// <param name="overlap">Share of the window that neighbours share; 0.5 gives the released code's stride of half a window.</param>
    public static int[] Starts(int length, int window, double overlap)
    {
        if (length < window)
            throw new ArgumentOutOfRangeException(nameof(length), length, $"An axis must have at least the {window} voxels of the window; pad it first.");
        int stride = Math.Max(1, (int)Math.Round(window * (1 - overlap)));
        int count = (length - window + stride - 1) / stride;
        return [.. Enumerable.Range(0, count).Select(index => index * stride), length - window];
    }

    /// <summary>The starts of every window, first axis slowest.</summary>
    public static IEnumerable<(int X, int Y, int Z)> Windows(VolumeShape shape, VolumeShape window, double overlap) =>
        from x in Starts(shape.X, window.X, overlap)
        from y in Starts(shape.Y, window.Y, overlap)
        from z in Starts(shape.Z, window.Z, overlap)
        select (x, y, z);

    /// <summary>Predicts each window and divides the sum by the number of windows that saw a voxel, all weighted alike.</summary>
    /// <param name="image">(C, X, Y, Z).</param>
    /// <param name="window">Voxels of the window.</param>
    /// <param name="overlap">As in <see cref="Starts"/>.</param>
    /// <param name="predict">A window (1, C, x, y, z) on the device to (1, K, x, y, z).</param>
    /// <param name="device">Where windows are predicted and summed.</param>
    /// <returns>(K, X, Y, Z).</returns>
    public static Tensor Mean(Tensor image, VolumeShape window, double overlap, Func<Tensor, Tensor> predict, Device device)
    {
        VolumeShape shape = new((int)image.shape[1], (int)image.shape[2], (int)image.shape[3]);
        Tensor? sum = null;
        Tensor visits = zeros([1, shape.X, shape.Y, shape.Z], dtype: image.dtype, device: device);
        foreach ((int x, int y, int z) in Windows(shape, window, overlap))
        {
            using DisposeScope step = NewDisposeScope();
            Tensor patch = Part(image, x, y, z, window).unsqueeze(0).contiguous().to(device);
            Tensor prediction = predict(patch)[0];
            sum ??= zeros([prediction.shape[0], shape.X, shape.Y, shape.Z], dtype: image.dtype, device: device).MoveToOuterDisposeScope();
            Part(sum, x, y, z, window).Accumulate(prediction);
            Part(visits, x, y, z, window).Accumulate(1);
        }

        return sum! / visits;
    }

    private static Tensor Part(Tensor map, int x, int y, int z, VolumeShape window) => map.narrow(1, x, window.X).narrow(2, y, window.Y).narrow(3, z, window.Z);
}
