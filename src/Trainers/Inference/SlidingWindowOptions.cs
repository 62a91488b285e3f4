namespace Smml.MLNet;

/// <summary>How a volume is scored window by window. The defaults are the released code's; the size of a window is the network's (<see cref="SmmlArchitecture.Patch"/>), whose position
/// embeddings fix it.</summary>
public sealed class SlidingWindowOptions
{
    /// <summary>Share of the window that neighbours share; null takes what the model was trained to be scored with, 0.5 in the paper. Range 0 to 0.9.</summary>
    public double? Overlap { get; init; }

    /// <summary>How many windows pass the networks at once. More use a GPU better and need memory in proportion; results differ from those of single windows by rounding only. Range 1 to 64.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>How predictions of one voxel by several windows are weighted.</summary>
    public WindowBlending Blending { get; init; }

    /// <summary>What is averaged over windows, branches and flips.</summary>
    public WindowAverage Average { get; init; }

    /// <summary>Axes along which windows are also scored flipped, each combination once: 2, 4 or 8 times the time. The networks are not symmetric, so that the mean differs from the paper's.</summary>
    public FlipAxes Flips { get; init; }

    /// <summary>Whether windows without tissue in any scan that is seen are left out; voxels that no other window sees are then background. Volumes that are cropped to the brain have no such windows.</summary>
    public bool SkipsEmptyWindows { get; init; }

    /// <summary>The same options with an overlap.</summary>
    internal SlidingWindowOptions With(double overlap) => new() { Overlap = overlap, BatchSize = BatchSize, Blending = Blending, Average = Average, Flips = Flips, SkipsEmptyWindows = SkipsEmptyWindows };

    internal IEnumerable<string> Errors()
    {
        if (Overlap is { } overlap && !(overlap is >= 0 and <= 0.9))
            yield return FormattableString.Invariant($"Windows.Overlap is {overlap}; expected 0 to 0.9.");
        if (BatchSize is < 1 or > 64)
            yield return $"Windows.BatchSize is {BatchSize}; expected 1 to 64.";
        if (!Enum.IsDefined(Blending))
            yield return $"Windows.Blending is {Blending}; expected Constant or Gaussian.";
        if (!Enum.IsDefined(Average))
            yield return $"Windows.Average is {Average}; expected Logits or Probabilities.";
        if ((Flips & ~FlipAxes.All) != 0)
            yield return $"Windows.Flips is {Flips}; expected a combination of X, Y, Z.";
    }
}

/// <summary>How predictions of one voxel by several windows are weighted.</summary>
public enum WindowBlending
{
    /// <summary>All alike, as the released code does (default).</summary>
    Constant,

    /// <summary>By their distance from the middle of the window: a Gaussian with a standard deviation of an eighth of the window along each axis and at least 0.001, as MONAI and nnU-Net weight.</summary>
    Gaussian,
}

/// <summary>What is averaged over windows, branches and flips.</summary>
public enum WindowAverage
{
    /// <summary>Logits, as the released code does (default).</summary>
    Logits,

    /// <summary>Probabilities (softmax of the logits).</summary>
    Probabilities,
}

/// <summary>Axes of the volume in its own voxel order.</summary>
[Flags]
public enum FlipAxes
{
    /// <summary>No flips, as the released code does (default).</summary>
    None = 0,

    /// <summary>The first axis.</summary>
    X = 1,

    /// <summary>The second axis.</summary>
    Y = 2,

    /// <summary>The third axis.</summary>
    Z = 4,

    /// <summary>All three: eight predictions a window.</summary>
    All = X | Y | Z,
}
