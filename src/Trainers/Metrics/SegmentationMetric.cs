namespace Smml.MLNet;

/// <summary>What an evaluation measures. Definitions and sources are in <c>docs/metrics.md</c>.</summary>
[Flags]
public enum SegmentationMetric
{
    /// <summary>Nothing beyond the Dice coefficient, which every evaluation has.</summary>
    None = 0,

    /// <summary>The Dice coefficient, 0 to 1; see <see cref="DiceScore"/>.</summary>
    Dice = 1,

    /// <summary>The 95th percentile of the distances between the two surfaces in mm, 0 and up.</summary>
    Hd95 = 2,

    /// <summary>The part of the true region that was found, 0 to 1.</summary>
    Sensitivity = 4,

    /// <summary>The part of the predicted region that is true, 0 to 1.</summary>
    Precision = 8,

    /// <summary>The volumes of the predicted and of the true region in mL, 0 and up.</summary>
    Volume = 16,

    /// <summary>Dice and HD95 averaged over the lesions of a case as BraTS 2023 does; see <see cref="LesionOptions"/>.</summary>
    LesionWise = 32,

    /// <summary>Every metric.</summary>
    All = Dice | Hd95 | Sensitivity | Precision | Volume | LesionWise,
}
