using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Methods.Smml;

/// <summary>The feature-level relation constraint FRC (equations 4 to 9): the similarities between
/// class prototypes agree in both students.</summary>
internal static class FeatureRelationLoss
{
    /// <summary>The two students' terms; equal values, each with a gradient for its own features only.</summary>
    /// <param name="features1">Fused bottleneck of branch 1, (B, d, x, y, z).</param>
    /// <param name="features2">The same of branch 2.</param>
    /// <param name="probabilities1">Prediction of branch 1, (B, K, X, Y, Z); used for the weights only.</param>
    /// <param name="probabilities2">The same of branch 2.</param>
    /// <param name="labels">Classes (B, X, Y, Z), int64.</param>
    /// <param name="pooling">How prototypes gather voxels.</param>
    /// <param name="weighting">How the entropy weights are scaled.</param>
    public static (Tensor First, Tensor Second) Compute(
        Tensor features1,
        Tensor features2,
        Tensor probabilities1,
        Tensor probabilities2,
        Tensor labels,
        PrototypePooling pooling,
        RelationWeighting weighting)
    {
        int classes = (int)probabilities1.shape[1];
        Tensor membership, valid, weights;
        using (no_grad())
        {
            membership = Membership(labels, classes, features1.shape, pooling, features1.dtype); // (B, K, N)
            valid = membership.sum(2).IsPositive().flatten(); // (B*K)
            weights = Weights(probabilities1, probabilities2, valid, weighting).to(features1.dtype);
        }

        Tensor relation1 = Relations(Prototypes(features1, membership)), relation2 = Relations(Prototypes(features2, membership));
        return (
            Weigh(Distances(relation1, relation2.detach(), valid), weights),
            Weigh(Distances(relation2, relation1.detach(), valid), weights));
    }

    /// <summary>Class membership of each coarse voxel, (B, K, N).</summary>
    internal static Tensor Membership(Tensor labels, int classes, long[] featureShape, PrototypePooling pooling, ScalarType dtype)
    {
        long[] fine = labels.shape;
        if (pooling == PrototypePooling.Soft)
        {
            Tensor oneHot = F.one_hot(labels, classes).permute(0, 4, 1, 2, 3).to(dtype);
            return F.adaptive_avg_pool3d(oneHot, [featureShape[2], featureShape[3], featureShape[4]]).flatten(2);
        }

        Tensor coarse = labels;
        for (int axis = 1; axis <= 3; axis++)
            coarse = coarse.slice(axis, 0, fine[axis], fine[axis] / featureShape[axis + 1]);
        return F.one_hot(coarse.flatten(1), classes).transpose(1, 2).to(dtype);
    }

    /// <summary>Equation 4: the mean feature of each class in each sample, (B*K, d); zero where the class is absent.</summary>
    internal static Tensor Prototypes(Tensor features, Tensor membership)
    {
        Tensor sums = einsum("bkn,bdn->bkd", membership, features.flatten(2));
        return (sums / membership.sum(2, keepdim: true).AtLeast(1e-6)).flatten(0, 1);
    }

    /// <summary>Equations 5 and 6: cosine similarities of all prototypes, (B*K, B*K).</summary>
    internal static Tensor Relations(Tensor prototypes)
    {
        Tensor unit = prototypes / (prototypes * prototypes).sum(1, keepdim: true).AtLeast(1e-24).sqrt();
        return unit.mm(unit.t());
    }

    /// <summary>Equation 7: for each prototype the squared difference of its relations to the classes that are present, (B*K).</summary>
    internal static Tensor Distances(Tensor own, Tensor other, Tensor valid) => SquaredDifference(own, other).mul(valid).sum(1).mul(valid);

    /// <summary>Equation 8: mean over the branches of the own-class entropy term, (B*K), scaled
    /// as chosen; zero for absent classes.</summary>
    internal static Tensor Weights(Tensor probabilities1, Tensor probabilities2, Tensor valid, RelationWeighting weighting)
    {
        Tensor entropy = OwnEntropy(probabilities1).Plus(OwnEntropy(probabilities2)).Over(2).flatten().mul(valid);
        return weighting switch
        {
            RelationWeighting.Raw => entropy,
            RelationWeighting.MeanPerVoxel => entropy.Over(probabilities1.shape[2] * probabilities1.shape[3] * probabilities1.shape[4]),
            _ => entropy / entropy.sum().AtLeast(1e-12),
        };
    }

    private static Tensor SquaredDifference(Tensor own, Tensor other)
    {
        Tensor difference = own - other;
        return difference * difference;
    }

    // (B, K)
    private static Tensor OwnEntropy(Tensor probabilities) => (probabilities * probabilities.AtLeast(1e-12).log()).sum([2, 3, 4]).neg();

    private static Tensor Weigh(Tensor distances, Tensor weights) => (distances * weights).sum(); // equation 9
}
