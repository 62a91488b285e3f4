namespace Smml.MLNet;

/// <summary>How the intensities of a scan are scaled.</summary>
public enum IntensityScaling
{
    /// <summary>Mean 0 and standard deviation 1 over the tissue (default): mmFormer, RFNet, SMML and MCTSeg.</summary>
    ZScore,

    /// <summary>The tissue clipped to its percentiles 0.2 and 99.8, then mean 0 and standard deviation 1 over it: U-Net-MFI.</summary>
    ClippedZScore,

    /// <summary>From the smallest value of the volume, 0, to the largest, 1: SMU-Net.</summary>
    MinMax,

    /// <summary>From percentile 1 of the tissue, 0, to percentile 99, 1; the whole volume is clipped to them: M3AE.</summary>
    PercentileMinMax,
}
