using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>A loss term of one pass, unweighted.</summary>
/// <param name="Name">The term; the same for all networks.</param>
/// <param name="Network">The network, counted from 1; null where the method has one.</param>
/// <param name="Value">A number, on the network's device.</param>
/// <param name="Role">What the term is for.</param>
internal readonly record struct LossTerm(string Name, int? Network, Tensor Value, LossRole Role = LossRole.Part)
{
    /// <inheritdoc cref="LossValue.Label"/>
    public string Label => LossValue.LabelOf(Name, Network);
}
