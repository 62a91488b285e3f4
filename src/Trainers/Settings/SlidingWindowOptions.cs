namespace Smml.MLNet;

/// <summary>How a volume is scored window by window. The defaults are the released code's; the size of a window is the network's
/// (<see cref="NetworkArchitecture.Patch"/>), whose position embeddings fix it.</summary>
public sealed record SlidingWindowOptions
{
    /// <summary>The share of the window that neighbours share.</summary>
    /// <value>0 to 0.9; default null: what the model was trained to be scored with, 0.5 as published.</value>
    public double? Overlap { get; init; }

    /// <summary>How many windows pass the networks at once. More use a GPU better and need memory in proportion; results differ from those
    /// of single windows by rounding only.</summary>
    /// <value>1 to 64; default 1.</value>
    public int BatchSize { get; init; } = 1;

    /// <summary>How predictions of one voxel by several windows are weighted.</summary>
    /// <value>Default <see cref="WindowBlending.Constant"/>, as released.</value>
    public WindowBlending Blending { get; init; }

    /// <summary>What is averaged over windows, networks and flips.</summary>
    /// <value>Default null: what the method was published with, logits for SMML, M3AE and U-Net-MFI, probabilities for
    /// the others.</value>
    public WindowAverage? Average { get; init; }

    /// <summary>Axes along which windows are also scored flipped, each combination once: 2, 4 or 8 times the time. The networks are not
    /// symmetric, so the mean differs from the published one.</summary>
    /// <value>Default <see cref="FlipAxes.None"/>.</value>
    public FlipAxes Flips { get; init; }

    /// <summary>Whether windows without tissue in any scan that is seen are left out; voxels that no other window sees are then background.
    /// Volumes that are cropped to the brain have no such windows.</summary>
    /// <value>Default false.</value>
    public bool SkipsEmptyWindows { get; init; }

    /// <summary>The same options with what the model decides where they do not say.</summary>
    /// <param name="architecture">The model's network.</param>
    /// <param name="overlap">The overlap that the model was trained to be scored with.</param>
    internal SlidingWindowOptions For(NetworkArchitecture architecture, double overlap) => this with
    {
        Overlap = Overlap ?? overlap,
        Average = Average ?? architecture.Average,
    };

    internal IEnumerable<string> Errors()
    {
        if (Overlap is { } overlap && !(overlap is >= 0 and <= 0.9))
            yield return FormattableString.Invariant($"Windows.Overlap is {overlap}; expected 0 to 0.9.");
        if (BatchSize is < 1 or > 64)
            yield return $"Windows.BatchSize is {BatchSize}; expected 1 to 64.";
        if (!Enum.IsDefined(Blending))
            yield return $"Windows.Blending is {Blending}; expected Constant or Gaussian.";
        if (Average is { } average && !Enum.IsDefined(average))
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

    /// <summary>By their distance from the middle of the window: a Gaussian with a standard deviation of an eighth of the window along each
    /// axis and at least 0.001, as MONAI and nnU-Net weight.</summary>
    Gaussian,
}

/// <summary>What is averaged over windows, networks and flips.</summary>
public enum WindowAverage
{
    /// <summary>Logits, as the released codes of SMML, U-Net-MFI and M3AE do.</summary>
    Logits,

    /// <summary>Probabilities (softmax of the logits, sigmoid for regions), as the released codes of mmFormer, RFNet
    /// and MCTSeg do.</summary>
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
