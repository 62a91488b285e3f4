using static TorchSharp.torch;

namespace Smml.MLNet.Methods.Smml;

/// <summary>The pixel-level bidirectional constraint PBC (equations 1 to 3): at each voxel the student with the
/// larger error learns from the other.</summary>
internal static class PixelConsistencyLoss
{
    /// <summary>The two students' terms; each has a gradient for its own logits only.</summary>
    /// <param name="logits1">Branch 1, (B, K, X, Y, Z).</param>
    /// <param name="logits2">Branch 2, the same shape.</param>
    /// <param name="labels">Classes (B, X, Y, Z), int64.</param>
    /// <param name="temperature">tau.</param>
    /// <param name="direction">Direction of the divergence.</param>
    public static (Tensor First, Tensor Second) Compute(
        Tensor logits1, Tensor logits2, Tensor labels, double temperature, DivergenceDirection direction)
    {
        Tensor secondTeaches; // T of equation 2, (B, X, Y, Z): Q1 > Q2 strictly
        using (no_grad())
        {
            Tensor index = labels.unsqueeze(1);
            Tensor error1 = logits1.log_softmax(1).gather(1, index).neg().squeeze(1); // equation 1
            Tensor error2 = logits2.log_softmax(1).gather(1, index).neg().squeeze(1);
            secondTeaches = error1.gt(error2).to(logits1.dtype);
        }

        Tensor log1 = logits1.Over(temperature).log_softmax(1), log2 = logits2.Over(temperature).log_softmax(1);
        return (
            Transfer(log1, log2.detach(), secondTeaches, direction),
            Transfer(log2, log1.detach(), ones_like(secondTeaches) - secondTeaches, direction));
    }

    // Equation 3: the mean divergence over the voxels that are passed on; 0 where there is none.
    private static Tensor Transfer(Tensor student, Tensor teacher, Tensor voxels, DivergenceDirection direction)
    {
        Tensor divergence = direction == DivergenceDirection.Literal
            ? (student.exp() * (student - teacher)).sum(1)
            : (teacher.exp() * (teacher - student)).sum(1);
        return (divergence * voxels).sum() / voxels.sum().AtLeast(1);
    }
}
