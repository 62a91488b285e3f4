using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Networks;

/// <summary>One map per class of the tumour, each with its own sigmoid. Of the classes that are found in a voxel the innermost counts:
/// enhancing tumour before the rest of the core before edema.</summary>
/// <param name="labels">Which classes there are, and which regions they make up.</param>
/// <param name="threshold">The probability above which a class is found.</param>
/// <remarks>The maps are in the order from the outermost class to the innermost; with K = 4: edema, necrosis, enhancing tumour.</remarks>
internal sealed class ExclusiveReadout(LabelConvention labels, double threshold) : Readout
{
    private readonly int[] _classes = RegionReadout.ClassesFromOutside(labels);

    public override int MapCount => _classes.Length;

    public override bool HasBackground => false;

    public override Tensor Probabilities(Tensor logits, long dimension) => logits.sigmoid();

    public override Tensor Classes(Tensor means, WindowAverage average)
    {
        using DisposeScope scope = NewDisposeScope();
        double limit = average == WindowAverage.Probabilities ? threshold : Math.Log(threshold / (1 - threshold));
        Tensor found = means.Plus(-limit).IsPositive().to(ScalarType.Bool);
        Tensor classes = zeros(means.shape[1..], ScalarType.Int64, means.device);
        for (int map = 0; map < _classes.Length; map++)
            classes = where(found[map], tensor((long)_classes[map]).to(means.device), classes);
        return classes.MoveToOuterDisposeScope();
    }

    /// <summary>What the maps should be.</summary>
    /// <param name="oneHot">The labels as (B, K, X, Y, Z) of 0 and 1.</param>
    /// <returns>(B, K - 1, X, Y, Z) of 0 and 1.</returns>
    public Tensor Targets(Tensor oneHot) => stack([.. _classes.Select(one => oneHot.select(1, one))], 1);
}
