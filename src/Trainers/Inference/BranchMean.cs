using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Inference;

/// <summary>The prediction of SMML: the mean of the branches' logits, in windows, with any number of subsets of the scans at the price of one run of the encoders.</summary>
/// <param name="branches">The students, in scoring mode.</param>
/// <param name="classes">K, the number of classes.</param>
/// <param name="window">The networks' window.</param>
/// <param name="overlap">What <see cref="SlidingWindowOptions.Overlap"/> is where the options do not say.</param>
/// <param name="options">How windows are scored.</param>
internal sealed class BranchMean(IReadOnlyList<SmmlBranch> branches, int classes, VolumeShape window, double overlap, SlidingWindowOptions options)
{
    private const long SumMemory = 2L << 30; // for the sums of subsets that are scored together

    /// <summary>Called before each pass; it ends the work by an exception.</summary>
    public Action? BeforeEach { get; init; }

    /// <summary>Whether each branch's own mean is wanted too.</summary>
    public bool KeepsBranches { get; init; }

    /// <summary>Scores a volume with each subset.</summary>
    /// <param name="scans">The volume; a scan that no subset sees may hold anything.</param>
    /// <param name="subsets">The scans to look at, a prediction each.</param>
    /// <param name="take">Given the index of a subset, in any order, and what was predicted, which lives until it returns. It is, bit for bit, what the subset alone gives.</param>
    public void Predict(PaddedScans scans, IReadOnlyList<ModalitySet> subsets, Action<int, Prediction> take)
    {
        using DisposeScope all = NewDisposeScope();
        int maps = KeepsBranches ? 1 + branches.Count : 1;
        long voxels = scans.Image.shape[1..].Aggregate(1L, (product, length) => product * length), together = Math.Max(1, SumMemory / (sizeof(float) * classes * maps * voxels));
        foreach (SameWindows group in Groups(scans, subsets))
        {
            foreach ((int Index, ModalitySet Subset)[] chunk in group.Subsets.Chunk((int)Math.Min(together, subsets.Count)))
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor[] means = Means(scans, [.. chunk.Select(one => one.Subset)], group.Tissue, maps);
                for (int i = 0; i < chunk.Length; i++)
                    take(chunk[i].Index, new(scans.Inner(means[i * maps]), [.. means.Skip((i * maps) + 1).Take(maps - 1).Select(scans.Inner)]));
            }
        }
    }

    /// <summary>Class of each voxel in the order of a volume, first axis fastest.</summary>
    /// <param name="means">(K, X, Y, Z) of logits or probabilities.</param>
    public static byte[] Classes(Tensor means)
    {
        using DisposeScope scope = NewDisposeScope();
        return means.argmax(0).permute(2, 1, 0).to(ScalarType.Byte).cpu().contiguous().data<byte>().ToArray();
    }

    /// <summary>Probabilities of what <see cref="Predict"/> gave.</summary>
    public Tensor Probabilities(Tensor means) => options.Average == WindowAverage.Probabilities ? means.alias() : F.softmax(means, 0);

    // Subsets that leave out the same windows; what the others see must not decide what a subset leaves out.
    private IEnumerable<SameWindows> Groups(PaddedScans scans, IReadOnlyList<ModalitySet> subsets)
    {
        if (!options.SkipsEmptyWindows)
            return [new(null, [.. subsets.Index()])];
        VolumeShape shape = new((int)scans.Image.shape[1], (int)scans.Image.shape[2], (int)scans.Image.shape[3]);
        return subsets.Index().Select(one => (one, tissue: scans.Tissue(one.Item)))
            .GroupBy(pair => string.Join(' ', new SlidingWindow.Plan(window, options.Overlap ?? overlap) { Tissue = pair.tissue }.Starts(shape)))
            .Select(group => new SameWindows(group.First().tissue, [.. group.Select(pair => pair.one)])).ToArray();
    }

    // The mean of all branches and, behind it, that of each, a subset after the other.
    private Tensor[] Means(PaddedScans scans, ModalitySet[] subsets, Tensor? tissue, int maps)
    {
        FlipAxes[] flips = [.. Enumerable.Range(0, (int)FlipAxes.All + 1).Select(axes => (FlipAxes)axes).Where(axes => (axes & ~options.Flips) == 0)];
        SlidingWindow.Plan plan = new(window, options.Overlap ?? overlap)
        {
            BatchSize = options.BatchSize,
            Blending = options.Blending,
            Tissue = tissue,
            BeforeEach = BeforeEach,
        };
        int[] passes = [.. subsets.SelectMany(_ => Enumerable.Range(0, maps).Select(map => flips.Length * (map == 0 ? branches.Count : 1)))];
        return SlidingWindow.Mean(scans.Image, plan, passes, classes, (patch, add) =>
        {
            foreach (FlipAxes axes in flips)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor seenPatch = Flip(patch, axes);
                for (int b = 0; b < branches.Count; b++)
                {
                    int branch = b;
                    branches[b].Predict(seenPatch.to(branches[b].Device), subsets, (subset, logits) =>
                    {
                        Tensor straight = Flip(options.Average == WindowAverage.Probabilities ? F.softmax(logits, 1) : logits, axes);
                        add(subset * maps, straight);
                        if (KeepsBranches)
                            add((subset * maps) + 1 + branch, straight);
                    });
                }
            }
        }, branches[0].Device);
    }

    // (B, C, X, Y, Z).
    private static Tensor Flip(Tensor map, FlipAxes axes)
    {
        long[] dimensions = [.. new[] { FlipAxes.X, FlipAxes.Y, FlipAxes.Z }.Index().Where(axis => axes.HasFlag(axis.Item)).Select(axis => axis.Index + 2L)];
        return dimensions.Length == 0 ? map : map.flip(dimensions);
    }

    /// <summary>Subsets, with their places, whose windows with tissue are the same.</summary>
    private sealed record SameWindows(Tensor? Tissue, IReadOnlyList<(int Index, ModalitySet Subset)> Subsets);

    /// <summary>What was predicted with a subset, without the padding: (K, X, Y, Z) of logits or, where they are averaged, probabilities.</summary>
    /// <param name="Mean">The mean of the branches, on the device of the first.</param>
    /// <param name="Branches">Each branch's own mean, where it was asked for.</param>
    internal sealed record Prediction(Tensor Mean, IReadOnlyList<Tensor> Branches);
}
