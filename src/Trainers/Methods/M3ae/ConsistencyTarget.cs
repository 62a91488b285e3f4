namespace Smml.MLNet;

/// <summary>What M3AE wants to be alike for the two masks of a sample.</summary>
public enum ConsistencyTarget
{
    /// <summary>The logits of the coarsest prediction, at a quarter of the window's resolution and enlarged (default, as the released code
    /// runs).</summary>
    DeepLogits,

    /// <summary>The features of the coarsest level.</summary>
    Bottleneck,
}
