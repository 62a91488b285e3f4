using System.Globalization;
using System.Text;

namespace Smml.MLNet;

/// <summary>How U-Net-MFI is trained. The defaults are the settings of the released code: 1200 epochs, batch 1, Adam without AMSGrad and
/// with weight decay 1e-5, a learning rate that falls from 5e-5 as (1 - epoch / epochs)^0.9, patches that are rotated and mirrored and
/// whose intensities stay.</summary>
/// <remarks>Source: Zhao, Yang and Sun, MICCAI 2022, and its code.</remarks>
public sealed record UNetMfiTrainerOptions : SegmentationTrainerOptions
{
    /// <summary>The published settings.</summary>
    public UNetMfiTrainerOptions()
    {
        (Epochs, BatchSize) = (1200, 1);
        Optimizer = new() { LearningRate = 5e-5, WeightDecay = 1e-5 };
        Augmentation = new() { IntensityScale = 0, IntensityShift = 0 };
    }

    /// <summary>The network.</summary>
    /// <value>Default <see cref="UNetMfiArchitecture.Paper"/>.</value>
    public UNetMfiArchitecture Architecture { get; init; } = UNetMfiArchitecture.Paper;

    /// <summary>The terms of the objective.</summary>
    public UNetMfiLossOptions Losses { get; init; } = new();

    internal override NetworkArchitecture Network => Architecture;

    internal override LossOptions Objective => Losses;

    /// <summary>The settings of a published experiment: 1200 epochs, patches of 128^3, Adam from 5e-5, and, so that methods can be
    /// compared, seed 1024 and the training cases of RFNet's lists; the release has lists and a seed of its own.</summary>
    /// <param name="edition">The data set.</param>
    /// <param name="fidelity">Corrected (default), or as the released code augments; preprocessing has the same choice of its own. The
    /// network is the same in both.</param>
    public static UNetMfiTrainerOptions Paper(BraTS edition, Fidelity fidelity = Fidelity.Corrected) =>
        PublishedData.Apply(new UNetMfiTrainerOptions(), edition, fidelity);

    /// <inheritdoc/>
    public override UNetMfiTrainerOptions WithPatch(VolumeShape patch) => this with { Architecture = Architecture with { Patch = patch } };

    private protected override SegmentationTrainerOptions WithNetwork(NetworkArchitecture network) =>
        this with { Architecture = (UNetMfiArchitecture)network };

    internal override string DescribeOptimizer() => string.Create(
        CultureInfo.InvariantCulture,
        $"Adam, learning rate {Optimizer.LearningRate:0.########} x (1 - epoch / {Epochs})^0.9, "
        + $"weight decay {Optimizer.WeightDecay:0.########}");

    internal override void DescribeObjective(StringBuilder text) => text
        .Append(
            CultureInfo.InvariantCulture,
            $"losses: Dice + binary cross-entropy x{Losses.CrossEntropyWeight:0.###} of each region; separate "
            + $"x{Losses.SeparateWeight:0.###}, coarse x{Losses.CoarseWeight:0.###}")
        .Append('\n');
}
