using System.Globalization;
using System.Text;

namespace Smml.MLNet;

/// <summary>How RFNet is trained. The defaults are the settings of the released job: windows of 80^3, 300 epochs of 150 steps, Adam with
/// AMSGrad and a learning rate that falls as (1 - epoch / epochs)^0.9, the fused prediction from epoch 20 on.</summary>
/// <remarks>Source: Ding, Yu and Yang, ICCV 2021, and its code.</remarks>
public sealed record RFNetTrainerOptions : SegmentationTrainerOptions
{
    private const int PublishedEpochs = 300, PublishedStart = 20;

    /// <summary>The published settings.</summary>
    public RFNetTrainerOptions() => (Epochs, StepsPerEpoch) = (PublishedEpochs, 150);

    /// <summary>The network.</summary>
    /// <value>Default <see cref="RFNetArchitecture.Paper"/>.</value>
    public RFNetArchitecture Architecture { get; init; } = RFNetArchitecture.Paper;

    /// <summary>The terms of the objective.</summary>
    public RFNetLossOptions Losses { get; init; } = new();

    /// <summary>The first epoch (counted from 0) in which the fused prediction counts; before it only region maps
    /// and separate predictions are learnt.</summary>
    /// <value>0 or more; default null: a fifteenth of the epochs, which is the released code's 20 of 300.</value>
    public int? FusionStartEpoch { get; init; }

    internal override NetworkArchitecture Network => Architecture;

    internal override LossOptions Objective => Losses;

    internal override int? WarmUpEnd => FusionStartEpoch ?? Epochs * PublishedStart / PublishedEpochs;

    /// <summary>The settings of a published experiment: 300 epochs of 150 steps of 2 samples, patches of 80^3, Adam (AMSGrad) from 2e-4,
    /// seed 1024, and the published training cases.</summary>
    /// <param name="edition">The data set.</param>
    /// <param name="fidelity">Corrected (default), or as the released code augments; preprocessing has the same choice of its own. The
    /// network is the same in both.</param>
    public static RFNetTrainerOptions Paper(BraTS edition, Fidelity fidelity = Fidelity.Corrected) =>
        PublishedData.Apply(new RFNetTrainerOptions(), edition, fidelity);

    /// <inheritdoc/>
    public override RFNetTrainerOptions WithPatch(VolumeShape patch) => this with { Architecture = Architecture with { Patch = patch } };

    private protected override SegmentationTrainerOptions WithNetwork(NetworkArchitecture network) =>
        this with { Architecture = (RFNetArchitecture)network };

    internal override void DescribeObjective(StringBuilder text)
    {
        text
            .Append(
                CultureInfo.InvariantCulture,
                $"losses: cross-entropy + Dice; separate x{Losses.SeparateWeight:0.###}, region maps x{Losses.RegionMapWeight:0.###}")
            .Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"from epoch {WarmUpEnd + 1} on: the fused prediction").Append('\n');
    }

    private protected override IEnumerable<string> MethodErrors()
    {
        if (FusionStartEpoch is < 0)
            yield return $"FusionStartEpoch is {FusionStartEpoch}; expected 0 or more, or null.";
    }
}
