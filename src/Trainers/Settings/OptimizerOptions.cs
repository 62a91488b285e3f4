namespace Smml.MLNet;

/// <summary>The settings of Adam that users change. AMSGrad, the schedule and further groups of parameters are the method's.</summary>
public sealed record OptimizerOptions
{
    /// <summary>The learning rate of the first epoch; the method's schedule lowers it.</summary>
    /// <value>Above 0 to 1; default 2e-4 (SMML, mmFormer, RFNet and MCTSeg as released), 3e-4 for M3AE, 1e-4 for SMU-Net and
    /// 5e-5 for U-Net-MFI.</value>
    public double LearningRate { get; init; } = 2e-4;

    /// <summary>Coupled L2 decay: it is added to the gradient.</summary>
    /// <value>0 to 1; default 1e-4, and 1e-5 for U-Net-MFI and SMU-Net.</value>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>Every rule that the values break, as sentences.</summary>
    internal IEnumerable<string> Errors()
    {
        if (!(LearningRate is > 0 and <= 1))
            yield return FormattableString.Invariant($"Optimizer.LearningRate is {LearningRate}; expected above 0 to 1.");
        if (!(WeightDecay is >= 0 and <= 1))
            yield return FormattableString.Invariant($"Optimizer.WeightDecay is {WeightDecay}; expected 0 to 1.");
    }
}
