namespace Smml.MLNet.Inference;

/// <summary>Where the windows of a volume begin, and how much a prediction counts at each place of a window.</summary>
internal static class SlidingWindow
{
    private const float LeastWeight = 1e-3f;
    private const double DeviationsPerWindow = 8;

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

    /// <summary>How much a prediction counts at each place of the window, last axis fastest; null where all count alike.</summary>
    public static float[]? Weights(VolumeShape window, WindowBlending blending)
    {
        if (blending == WindowBlending.Constant)
            return null;
        float[] x = Bell(window.X), y = Bell(window.Y), z = Bell(window.Z);
        return
        [
            .. from i in x
               from j in y
               from k in z
               select Math.Max(i * j * k, LeastWeight),
        ];

        static float[] Bell(int length)
        {
            double middle = (length - 1) / 2.0, deviation = length / DeviationsPerWindow;
            return
            [
                .. Enumerable.Range(0, length).Select(i => (float)Math.Exp(-(i - middle) * (i - middle) / (2 * deviation * deviation))),
            ];
        }
    }
}
