using Smml.MLNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Methods.Smml;

/// <summary>Weighs the semantic cues of the four modalities for each class with a small
/// perceptron (released code; not in the paper).</summary>
internal sealed class CueWeighting : NamedModule<Tensor, Tensor, Tensor, Tensor>
{
    private static readonly int[] s_widths = [5, 64, 128, 64, 4];

    private readonly Conv3d[][] _layers;

    public CueWeighting(int classes)
        : base(nameof(CueWeighting))
    {
        _layers = new Conv3d[classes][];
        for (int k = 0; k < classes; k++)
        {
            _layers[k] = new Conv3d[s_widths.Length - 1];
            for (int j = 0; j < _layers[k].Length; j++)
                this.RegisterPath(
                    $"weight_fusion.{k}.weight_layer.{2 * j}",
                    _layers[k][j] = PreActivationConvolution.Create(s_widths[j], s_widths[j + 1], 1));
        }
    }

    /// <summary>
    /// Cues (B, K, 4, X, Y, Z), mask (B, 4) and one-hot labels (B, K, X, Y, Z) to weighted cues (B, 4K, X, Y, Z), modality-major.
    /// The perceptron sees, for class k, the mean cue of each modality relative to the mean of the true class, and that mean.
    /// </summary>
    public override Tensor forward(Tensor cues, Tensor mask, Tensor labels)
    {
        long batch = cues.shape[0], classes = cues.shape[1];
        Tensor masked = where(mask.view(batch, 1, ModalitySet.ModalityCount, 1, 1, 1), cues, zeros_like(cues));
        Tensor[] weighted = new Tensor[classes];
        for (int k = 0; k < classes; k++)
        {
            Tensor own = masked.select(1, k); // (B, 4, X, Y, Z)
            Tensor share = labels.select(1, k).mean([1, 2, 3]).view(batch, 1).Plus(1e-7);
            Tensor hidden = cat([own.mean([2, 3, 4]) / share, share], 1).view(batch, s_widths[0], 1, 1, 1);
            for (int j = 0; j < _layers[k].Length; j++)
            {
                hidden = _layers[k][j].call(hidden);
                hidden = j < _layers[k].Length - 1 ? hidden.LeakyReluInPlace(PreActivationConvolution.LeakySlope) : hidden.sigmoid();
            }

            weighted[k] = own * hidden; // hidden (B, 4, 1, 1, 1)
        }

        return stack(weighted, 2).flatten(1, 2); // (B, 4, K, ...) to (B, 4K, ...)
    }
}
