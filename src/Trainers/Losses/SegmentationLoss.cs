using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Losses;

/// <summary>Weighted cross-entropy plus Dice against one batch of labels, as mmFormer defines them.</summary>
internal sealed class SegmentationLoss
{
    private const double SmallestProbability = 0.005;
    private const double Epsilon = 1e-7;

    private readonly Tensor _weighted; // w * Y, (B, K, X, Y, Z)
    private readonly Tensor _classVoxels; // (K)
    private readonly double _positions; // B * V

    /// <summary>Prepares one batch of labels.</summary>
    /// <param name="labels">Classes (B, X, Y, Z), int64.</param>
    /// <param name="classes">K.</param>
    /// <param name="dtype">The type of the probabilities.</param>
    public SegmentationLoss(Tensor labels, int classes, ScalarType dtype = ScalarType.Float32)
    {
        Labels = labels;
        OneHot = F.one_hot(labels, classes).permute(0, 4, 1, 2, 3).to(dtype).contiguous();
        long batch = labels.shape[0];
        double voxels = (double)labels.numel() / batch;
        Tensor counts = OneHot.sum([2, 3, 4]); // (B, K)
        _weighted = OneHot * counts.Times(-1 / voxels).Plus(1).view(batch, classes, 1, 1, 1);
        _classVoxels = counts.sum(dim: 0); // a bare 0 would bind to the overload that takes an element type
        _positions = batch * voxels;
    }

    /// <summary>Classes (B, X, Y, Z), int64.</summary>
    public Tensor Labels { get; }

    /// <summary>The labels as (B, K, X, Y, Z).</summary>
    public Tensor OneHot { get; }

    /// <summary>Mean over voxels of w_{b,c} * -log p_c at the true class c; w_{b,c} = 1 - share of c in
    /// sample b; p is clamped to at least 0.005.</summary>
    public Tensor CrossEntropy(Tensor probabilities) =>
        (_weighted * probabilities.Between(SmallestProbability, 1).log()).sum().Times(-1 / _positions);

    /// <summary>1 - mean over classes (background included) of 2 |pY| / (|p| + |Y| + 1e-7), summed over the whole batch.</summary>
    public Tensor Dice(Tensor probabilities)
    {
        Tensor overlap = (probabilities * OneHot).sum([0, 2, 3, 4]);
        Tensor size = probabilities.sum([0, 2, 3, 4]).Plus(_classVoxels).Plus(Epsilon);
        return (overlap / size).mean().Times(-2).Plus(1);
    }

    /// <summary>Cross-entropy + Dice.</summary>
    public Tensor Compute(Tensor probabilities) => CrossEntropy(probabilities).Plus(Dice(probabilities));

    /// <summary>Cross-entropy + Dice of the prediction from each modality alone, summed. A prediction from a scan that a case does not have
    /// is no prediction: only the samples that have the modality count.</summary>
    /// <param name="separate">One prediction (B, K, X, Y, Z) per modality.</param>
    /// <param name="available">Which modalities each sample has, (B, 4), on the CPU.</param>
    public Tensor ComputeAvailable(IReadOnlyList<Tensor> separate, Tensor available)
    {
        Tensor sum = zeros([], dtype: separate[0].dtype, device: separate[0].device);
        for (int m = 0; m < separate.Count; m++)
        {
            Tensor rows = available.select(1, m).nonzero().flatten();
            if (rows.shape[0] == separate[m].shape[0])
            {
                sum = sum.Plus(Compute(separate[m]));
            }
            else if (rows.shape[0] > 0)
            {
                Tensor index = rows.to(separate[m].device);
                SegmentationLoss some = new(Labels.index_select(0, index), (int)separate[m].shape[1], separate[m].dtype);
                sum = sum.Plus(some.Compute(separate[m].index_select(0, index)));
            }
        }

        return sum;
    }
}
