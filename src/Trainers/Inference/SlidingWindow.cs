using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>Where the windows of a volume begin, and how much a prediction counts at each place of a window.</summary>
internal static class SlidingWindow
{
    private const double LeastWeight = 1e-3, DeviationsPerWindow = 8;

    /// <summary>Starts along one axis: multiples of the stride, and the last window flush with the end.</summary>
    /// <param name="length">Voxels along the axis; at least the window.</param>
    /// <param name="window">Voxels of the window.</param>
    /// <param name="overlap">Share of the window that neighbours share; 0.5 gives the released code's stride of half a window.</param>
    public static int[] Starts(int length, int window, double overlap)
    {
        if (length < window)
            throw new ArgumentOutOfRangeException(
                nameof(length), length, $"An axis must have at least the {window} voxels of the window; pad it first.");
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

    /// <summary>The starts of the windows that have tissue.</summary>
    /// <param name="shape">The volume.</param>
    /// <param name="window">The network's window.</param>
    /// <param name="overlap">Share of the window that neighbours share.</param>
    /// <param name="tissue">(X, Y, Z) of booleans; windows in which it is false everywhere are left out. Null keeps all.</param>
    public static IEnumerable<(int X, int Y, int Z)> Windows(VolumeShape shape, VolumeShape window, double overlap, Tensor? tissue) =>
        Windows(shape, window, overlap).Where(start => tissue is null || HasTissue(tissue, start, window));

    /// <summary>How much a prediction counts at each place of the window: (X, Y, Z).</summary>
    public static Tensor Weights(VolumeShape window, WindowBlending blending)
    {
        using DisposeScope scope = NewDisposeScope();
        return (blending == WindowBlending.Constant ? ones([window.X, window.Y, window.Z])
            : (Bell(window.X).view(-1, 1, 1) * Bell(window.Y).view(1, -1, 1) * Bell(window.Z).view(1, 1, -1)).AtLeast(LeastWeight))
            .MoveToOuterDisposeScope();

        static Tensor Bell(int length)
        {
            double middle = (length - 1) / 2.0, deviation = length / DeviationsPerWindow;
            return tensor(Enumerable.Range(0, length)
                .Select(i => (float)Math.Exp(-(i - middle) * (i - middle) / (2 * deviation * deviation)))
                .ToArray());
        }
    }

    /// <summary>The part of a map (C, X, Y, Z) that a window covers.</summary>
    public static Tensor Part(Tensor map, (int X, int Y, int Z) start, VolumeShape window) =>
        map.narrow(1, start.X, window.X).narrow(2, start.Y, window.Y).narrow(3, start.Z, window.Z);

    private static bool HasTissue(Tensor tissue, (int X, int Y, int Z) start, VolumeShape window)
    {
        using DisposeScope scope = NewDisposeScope();
        return Part(tissue.unsqueeze(0), start, window).any().item<bool>();
    }
}
