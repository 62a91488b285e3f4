using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Networks;

/// <summary>One map per class, background first, of which the largest decides: softmax and argmax.</summary>
/// <param name="classes">K.</param>
internal sealed class ClassReadout(int classes) : Readout
{
    public override int MapCount => classes;

    public override bool HasBackground => true;

    public override Tensor Probabilities(Tensor logits, long dimension) => F.softmax(logits, dimension);

    public override Tensor Classes(Tensor means, WindowAverage average) => means.argmax(0);
}
