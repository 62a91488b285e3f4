namespace Smml.MLNet.Inference;

/// <summary>Windows of a case, and the subsets of its scans with which they are scored together.</summary>
/// <param name="Starts">The first voxel of each window in the padded case.</param>
/// <param name="Subsets">The subsets, with their places among those that were asked for.</param>
internal sealed record WindowPlan(IReadOnlyList<(int X, int Y, int Z)> Starts, IReadOnlyList<(int Index, ModalitySet Subset)> Subsets)
{
    private const long SumMemory = 2L << 30; // for the sums of subsets that are scored together

    /// <summary>Plans the scoring of a case.</summary>
    /// <param name="shape">The padded case.</param>
    /// <param name="window">The networks' window.</param>
    /// <param name="options">How windows are scored; the overlap is set.</param>
    /// <param name="subsets">The subsets that are asked for.</param>
    /// <param name="mapsPerSubset">How many means are taken with each subset.</param>
    /// <param name="channels">The channels of a mean.</param>
    /// <param name="tissue">Whether a window has tissue in the scans of a subset; called only where empty windows are left out.</param>
    /// <returns>Subsets are together that have the same windows: what the others have must not decide what a subset leaves out.</returns>
    public static IEnumerable<WindowPlan> Of(
        VolumeShape shape,
        VolumeShape window,
        SlidingWindowOptions options,
        IReadOnlyList<ModalitySet> subsets,
        int mapsPerSubset,
        int channels,
        Func<ModalitySet, Func<(int X, int Y, int Z), bool>> tissue)
    {
        (int X, int Y, int Z)[] all = [.. SlidingWindow.Windows(shape, window, options.Overlap!.Value)];
        WindowPlan[] groups = !options.SkipsEmptyWindows ? [new(all, [.. subsets.Index()])] :
        [
            .. subsets.Index()
                .Select(one => (one, starts: all.Where(tissue(one.Item)).ToArray()))
                .GroupBy(pair => string.Join(' ', pair.starts))
                .Select(group => new WindowPlan(group.First().starts, [.. group.Select(pair => pair.one)])),
        ];
        long together = Math.Max(1, SumMemory / (sizeof(float) * channels * mapsPerSubset * shape.Count));
        return groups.SelectMany(group => group.Subsets
            .Chunk((int)Math.Min(together, subsets.Count))
            .Select(chunk => group with { Subsets = chunk }));
    }

    /// <summary>How windows are mirrored, each combination of the axes once; not at all comes first.</summary>
    public static FlipAxes[] Flips(SlidingWindowOptions options) =>
    [
        .. Enumerable.Range(0, (int)FlipAxes.All + 1)
            .Select(axes => (FlipAxes)axes)
            .Where(axes => (axes & ~options.Flips) == 0),
    ];
}
