using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>How far the branches of a model disagree about a case. They were trained on differently masked inputs, so that their
/// disagreement costs nothing more than to be kept.</summary>
internal static class NetworkDisagreement
{
    /// <summary>The Jensen-Shannon divergence of the branches' probabilities at each voxel, in bits: 0 where they say the same, 1 where two
    /// are sure of different classes. It is the mutual information between class and branch (Lin 1991; Houlsby et al. 2011, equation 1),
    /// the part of the uncertainty that is not in every branch.</summary>
    /// <param name="probabilities">(K, X, Y, Z) a branch, summing to 1 over K.</param>
    /// <returns>In the order of a volume, first axis fastest.</returns>
    public static float[] Map(IReadOnlyList<Tensor> probabilities)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] each = [.. probabilities.Select(one => one.to(probabilities[0].device))];
        Tensor all = stack(each), mean = all.mean([0L]);
        Tensor gain = Entropy(mean, 0) - Entropy(all, 1).mean([0L]);
        return gain.Between(0, Math.Log2(each.Length)).permute(2, 1, 0).to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
    }

    /// <summary>What a case is judged by.</summary>
    /// <param name="branches">The class of each voxel, a branch.</param>
    /// <param name="map">What <see cref="Map"/> gave.</param>
    /// <param name="classes">The class of each voxel in the mean of the branches.</param>
    /// <param name="convention">Which classes make up the regions.</param>
    public static BranchAgreement Agreement(IReadOnlyList<byte[]> branches, float[] map, byte[] classes, LabelConvention convention)
    {
        ScoredRegion[] regions = [.. BranchAgreement.Regions.Where(region => convention.Has(region.Classes))];
        double sum = 0;
        long voxels = 0;
        for (int i = 0; i < classes.Length; i++)
        {
            if (classes[i] == 0 && branches.All(branch => branch[i] == 0))
                continue;
            sum += map[i];
            voxels++;
        }

        return new()
        {
            Dice = regions.ToDictionary(region => region, region => DiceScore.Compute(branches[0], branches[1], convention, region)),
            MeanDisagreement = voxels == 0 ? 0 : sum / voxels,
        };
    }

    private static Tensor Entropy(Tensor probabilities, long dimension) => special.entr(probabilities).sum([dimension]).Over(Math.Log(2));
}
