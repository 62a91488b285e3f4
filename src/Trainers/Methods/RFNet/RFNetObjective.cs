using Smml.MLNet.Losses;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>What RFNet minimises: cross-entropy + Dice of the fused prediction, each separate prediction and each region map.</summary>
internal static class RFNetObjective
{
    /// <summary>The losses of one batch.</summary>
    /// <param name="output">The fused logits and the region maps.</param>
    /// <param name="separate">Each modality's own class probabilities (B, K, X, Y, Z).</param>
    /// <param name="target">Cross-entropy and Dice against the labels.</param>
    /// <param name="fusionStarted">Whether the fused term counts. Before it does, its gradient is 0, so that weight decay already acts on
    /// the weights that only this term trains.</param>
    /// <param name="separateWeight">The weight of the sum over the separate predictions; with 0 the term is left out.</param>
    /// <param name="mapWeight">The weight of the sum over the region maps; with 0 the term is left out.</param>
    public static Result Compute(
        RegionFusionDecoder.Output output,
        IReadOnlyList<Tensor> separate,
        SegmentationLoss target,
        bool fusionStarted,
        double separateWeight = 1,
        double mapWeight = 1)
    {
        Tensor fused = target.Compute(output.Logits.softmax(1));
        List<KeyValuePair<string, Tensor>> terms = [new("segmentation", fused)];
        Tensor total = fused.Times(fusionStarted ? 1 : 0);
        Add("separate", separate, separateWeight);
        Add("region maps", output.Maps, mapWeight);
        terms.Add(new("total", total));
        return new(total, terms);

        void Add(string name, IReadOnlyList<Tensor> predictions, double weight)
        {
            if (weight == 0 || predictions.Count == 0)
                return;
            Tensor sum = predictions
                .Select(target.Compute)
                .Aggregate(ScalarMath.Plus);
            terms.Add(new(name, sum));
            total = total.Plus(sum.Times(weight));
        }
    }

    /// <summary>The total and the named, unweighted terms.</summary>
    internal sealed record Result(Tensor Total, IReadOnlyList<KeyValuePair<string, Tensor>> Terms);
}
