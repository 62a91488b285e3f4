namespace Smml.MLNet.Networks;

/// <summary>How the released code of the mmFormer family padded. It asks for reflection, which PyTorch 1.2 did not know and took for zeros
/// without a word; the published weights are of that time.</summary>
internal static class ReleasedPadding
{
    public static ConvolutionPadding Of(Fidelity fidelity) =>
        fidelity == Fidelity.Reference ? ConvolutionPadding.Zeros : ConvolutionPadding.Reflect;

    /// <summary>What was assumed, and how to choose the other.</summary>
    public static string Note(Fidelity fidelity) => fidelity == Fidelity.Reference
        ? "Convolutions are padded with zeros, as PyTorch 1.2 did when the published weights were trained; for weights that were trained "
            + "with PyTorch 1.10 or newer choose the fidelity Corrected."
        : "Convolutions are padded by reflection, as PyTorch 1.10 and newer do; for weights of the time of PyTorch 1.2 choose the fidelity "
            + "Reference.";
}
