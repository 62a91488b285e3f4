namespace Smml.MLNet;

/// <summary>What to do where the released code and good practice differ.</summary>
public enum Fidelity
{
    /// <summary>The corrected behaviour (default): nothing leaks from a missing modality, no voxel is lost.</summary>
    Corrected,

    /// <summary>The behaviour of the released code, for comparison with published numbers.</summary>
    Reference,
}
