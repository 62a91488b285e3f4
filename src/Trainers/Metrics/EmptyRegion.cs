namespace Smml.MLNet;

/// <summary>What a region scores that the truth, the prediction or both do not have. Published
/// numbers differ by this choice alone.</summary>
public enum EmptyRegion
{
    /// <summary>BraTS 2023. Both empty: Dice, sensitivity and precision 1, HD95 0. One empty: 0, and a HD95 of 374 mm, the value that the
    /// challenge's code (rachitsaluja/BraTS-2023-Metrics) puts for infinity.</summary>
    BraTS2023,

    /// <summary>BraTS 2017 to 2021: as <see cref="BraTS2023"/> with 373.13 mm, the diagonal of a
    /// volume of 240 x 240 x 155 voxels of 1 mm.</summary>
    BraTSDiagonal,

    /// <summary>What is not defined is NaN and left out of the means, as in nnU-Net and panoptica: HD95 where either is empty, sensitivity
    /// without truth, precision without prediction, Dice where both are empty, lesion-wise metrics where no lesion counts. A Dice of which
    /// one side is empty stays 0.</summary>
    Exclude,
}
