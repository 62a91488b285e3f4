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

    /// <summary>Predicts each window and divides the sums by the number of predictions that saw a voxel, all weighted alike.</summary>
    /// <param name="image">(C, X, Y, Z).</param>
    /// <param name="window">Voxels of the window.</param>
    /// <param name="overlap">As in <see cref="Starts"/>.</param>
    /// <param name="maps">How many maps are predicted.</param>
    /// <param name="predict">Given a window (1, C, x, y, z) on the device, and where to add a prediction (1, K, x, y, z) of a map by its index.</param>
    /// <param name="device">Where windows are summed.</param>
    /// <param name="passes">How many predictions of each map a window has.</param>
    /// <returns>(K, X, Y, Z) a map.</returns>
    public static Tensor[] Mean(Tensor image, VolumeShape window, double overlap, int maps, Action<Tensor, Action<int, Tensor>> predict, Device device, int passes = 1)
    {
        VolumeShape shape = new((int)image.shape[1], (int)image.shape[2], (int)image.shape[3]);
        Tensor visits = zeros([1, shape.X, shape.Y, shape.Z], dtype: image.dtype, device: device);
        Tensor?[] sums = new Tensor?[maps];
        try
        {
            foreach ((int x, int y, int z) in Windows(shape, window, overlap))
            {
                using DisposeScope step = NewDisposeScope();
                predict(Part(image, x, y, z, window).unsqueeze(0).contiguous().to(device), (map, prediction) =>
                {
                    using DisposeScope addition = NewDisposeScope();
                    Tensor sum = sums[map] ??= zeros([prediction.shape[1], shape.X, shape.Y, shape.Z], dtype: image.dtype, device: device).DetachFromDisposeScope();
                    Part(sum, x, y, z, window).Accumulate(prediction[0].to(device));
                });
                Part(visits, x, y, z, window).Accumulate(passes);
            }

            Tensor[] means = new Tensor[maps];
            for (int map = 0; map < maps; map++)
            {
                means[map] = sums[map]! / visits;
                sums[map]!.Dispose(); // with 15 subsets the sums are the largest thing in memory
            }

            return means;
        }
        finally
        {
            foreach (Tensor? sum in sums)
                sum?.Dispose();
        }
    }

    private static Tensor Part(Tensor map, int x, int y, int z, VolumeShape window) => map.narrow(1, x, window.X).narrow(2, y, window.Y).narrow(3, z, window.Z);
}
