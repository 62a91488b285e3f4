using static TorchSharp.torch;

namespace Smml.MLNet.Methods.Smml;

/// <summary>Equation 11: the prediction follows the semantically refined one.</summary>
internal static class RefinementConsistencyLoss
{
    /// <summary>Mean over voxels of KL(softmax(logits) || softmax(refined)); the refined prediction
    /// is the teacher and gets no gradient.</summary>
    /// <param name="logits">(B, K, X, Y, Z).</param>
    /// <param name="refined">(B, K, X, Y, Z).</param>
    public static Tensor Compute(Tensor logits, Tensor refined)
    {
        Tensor own = logits.log_softmax(1), teacher = refined.detach().log_softmax(1);
        return (own.exp() * (own - teacher)).sum(1).mean();
    }
}
