using System.Globalization;
using System.Text;

namespace Smml.MLNet;

/// <summary>How mmFormer is trained. The defaults are the settings of the released code: Adam with AMSGrad, a learning rate that falls as
/// (1 - epoch / epochs)^0.9, 1000 epochs.</summary>
/// <remarks>The released job has batch 8 on several GPUs, this library's default is 2. Source:
/// Zhang et al., MICCAI 2022, and its code.</remarks>
public sealed record MmFormerTrainerOptions : SegmentationTrainerOptions
{
    /// <summary>The network.</summary>
    /// <value>Default <see cref="MmFormerArchitecture.Paper"/>.</value>
    public MmFormerArchitecture Architecture { get; init; } = MmFormerArchitecture.Paper;

    /// <summary>The terms of the objective.</summary>
    public MmFormerLossOptions Losses { get; init; } = new();

    internal override NetworkArchitecture Network => Architecture;

    internal override LossOptions Objective => Losses;

    /// <summary>The settings of a published experiment: 1000 epochs, patches of 128^3, Adam (AMSGrad) from 2e-4, seed 1024, and the
    /// training cases of RFNet's lists.</summary>
    /// <param name="edition">The data set.</param>
    /// <param name="fidelity">Corrected (default), or everything as the released code does, its quirks included;
    /// preprocessing has the same choice of its own.</param>
    public static MmFormerTrainerOptions Paper(BraTS edition, Fidelity fidelity = Fidelity.Corrected)
    {
        MmFormerArchitecture paper = MmFormerArchitecture.Paper;
        MmFormerTrainerOptions options = new()
        {
            Architecture = fidelity == Fidelity.Reference ? paper with { TokenLayout = TokenLayout.Reference } : paper,
            BatchSize = 8,
        };
        return PublishedData.Apply(options, edition, fidelity);
    }

    /// <inheritdoc/>
    public override MmFormerTrainerOptions WithPatch(VolumeShape patch) => this with { Architecture = Architecture with { Patch = patch } };

    private protected override SegmentationTrainerOptions WithNetwork(NetworkArchitecture network) =>
        this with { Architecture = (MmFormerArchitecture)network };

    internal override void DescribeObjective(StringBuilder text) => text
        .Append(
            CultureInfo.InvariantCulture,
            $"losses: cross-entropy + Dice; separate x{Losses.SeparateWeight:0.###}, auxiliary x{Losses.AuxiliaryWeight:0.###}")
        .Append('\n');
}
