namespace Smml.MLNet;

/// <summary>The four MRI contrasts of a BraTS case, in the channel order of the published networks.</summary>
/// <remarks>Order and names follow the reference implementations of mmFormer and SMML (0 Flair, 1 T1ce, 2 T1, 3 T2).</remarks>
public enum Modality
{
    /// <summary>T2 fluid-attenuated inversion recovery (BraTS 2023: <c>t2f</c>).</summary>
    Flair = 0,

    /// <summary>T1-weighted after gadolinium contrast (BraTS 2023: <c>t1c</c>).</summary>
    T1ce = 1,

    /// <summary>T1-weighted before contrast (BraTS 2023: <c>t1n</c>).</summary>
    T1 = 2,

    /// <summary>T2-weighted (BraTS 2023: <c>t2w</c>).</summary>
    T2 = 3,
}
