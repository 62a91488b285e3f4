using static TorchSharp.torch;

namespace Smml.MLNet.Networks;

/// <summary>How the maps that a network predicts become probabilities and classes.</summary>
internal abstract class Readout
{
    /// <summary>How many maps the network predicts.</summary>
    public abstract int MapCount { get; }

    /// <summary>Whether the first map is that of the background.</summary>
    public abstract bool HasBackground { get; }

    /// <summary>Logits to probabilities of the same shape.</summary>
    /// <param name="logits">With the maps along one dimension.</param>
    /// <param name="dimension">Which dimension.</param>
    public abstract Tensor Probabilities(Tensor logits, long dimension);

    /// <summary>The class of each voxel, (X, Y, Z).</summary>
    /// <param name="means">(M, X, Y, Z) of logits or probabilities.</param>
    /// <param name="average">Which of the two they are.</param>
    public abstract Tensor Classes(Tensor means, WindowAverage average);
}
