using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Networks;

/// <summary>One map per tumour region, each with its own sigmoid, because regions overlap: whole tumour, tumour core,
/// enhancing tumour.</summary>
/// <remarks>
/// A region stands for one class: its first class that no inner region has. A convention with further classes (two kinds of tumour core in
/// BraTS 2015, the resection cavity of BraTS 2024) has one more map for each, after the three, so that there are always K - 1. A voxel gets
/// the class of the innermost region that is found there; the core's further classes lie inside the core, and a class outside the tumour
/// outside all regions.
/// </remarks>
internal sealed class RegionReadout : Readout
{
    private static readonly TumorRegion[] s_nested = [TumorRegion.WholeTumor, TumorRegion.TumorCore, TumorRegion.EnhancingTumor];

    private readonly Region[] _regions; // in the order of the maps
    private readonly Region[] _outsideIn;

    /// <summary>Finds the regions of a data set.</summary>
    /// <param name="labels">Which classes there are, and which regions they make up.</param>
    /// <param name="innermostFirst">Whether the maps of the three regions are in the opposite order, as M3AE was released.</param>
    public RegionReadout(LabelConvention labels, bool innermostFirst = false)
    {
        List<Region> nested = [], further = [], outsideIn = [];
        int[] Classes(Func<int, bool> belongs) => [.. Enumerable.Range(1, labels.ClassCount - 1).Where(belongs)];
        void AddFurther(IEnumerable<int> classes)
        {
            Region[] each = [.. classes.Select(one => new Region([one], one))];
            further.AddRange(each);
            outsideIn.AddRange(each);
        }

        AddFurther(Classes(one => !s_nested.Any(region => labels.IsIn(region, one))));
        for (int i = 0; i < s_nested.Length; i++)
        {
            int[] all = Classes(one => labels.IsIn(s_nested[i], one));
            int[] own = [.. all.Where(one => !s_nested[(i + 1)..].Any(inner => labels.IsIn(inner, one)))];
            if (own.Length == 0)
                continue;
            Region region = new(all, own[0]);
            nested.Add(region);
            outsideIn.Add(region);
            AddFurther(own[1..]);
        }

        if (innermostFirst)
            nested.Reverse();
        _regions = [.. nested, .. further.OrderBy(region => region.Decides)];
        _outsideIn = [.. outsideIn];
    }

    public override int MapCount => _regions.Length;

    public override bool HasBackground => false;

    public override Tensor Probabilities(Tensor logits, long dimension) => logits.sigmoid();

    public override Tensor Classes(Tensor means, WindowAverage average)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor margins = average == WindowAverage.Probabilities ? means.Plus(-0.5) : means;
        Tensor found = margins.IsPositive().to(ScalarType.Bool), classes = zeros(means.shape[1..], ScalarType.Int64, means.device);
        foreach (Region region in _outsideIn)
            classes = where(found[Array.IndexOf(_regions, region)], tensor((long)region.Decides).to(means.device), classes);
        return classes.MoveToOuterDisposeScope();
    }

    /// <summary>The classes of the tumour, and further ones, from the outermost to the innermost.</summary>
    /// <param name="labels">Which classes there are, and which regions they make up.</param>
    public static int[] ClassesFromOutside(LabelConvention labels) =>
        [.. new RegionReadout(labels)._outsideIn.Select(region => region.Decides)];

    /// <summary>What the maps should be.</summary>
    /// <param name="oneHot">The labels as (B, K, X, Y, Z) of 0 and 1.</param>
    /// <returns>(B, K - 1, X, Y, Z) of 0 and 1.</returns>
    public Tensor Targets(Tensor oneHot) =>
        stack([.. _regions.Select(region => region.Classes.Select(one => oneHot.select(1, one)).Aggregate(ScalarMath.Plus))], 1);

    /// <summary>A region.</summary>
    /// <param name="Classes">The classes that make it up.</param>
    /// <param name="Decides">The class of a voxel whose innermost region this is.</param>
    private sealed record Region(int[] Classes, int Decides);
}
