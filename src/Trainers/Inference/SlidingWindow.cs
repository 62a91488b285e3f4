namespace Smml.MLNet.Inference;

/// <summary>Where the windows of a volume begin.</summary>
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
}
