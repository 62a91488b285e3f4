using System.Globalization;
using System.Text;

namespace Smml.MLNet;

/// <summary>How MCTSeg is trained. The defaults are the settings of the released code: 1000 epochs, batch 1, patches of 128^3, Adam with
/// AMSGrad and a learning rate that falls as (1 - epoch / epochs)^0.9.</summary>
/// <remarks>Source: Kang et al., arXiv 2404.14019, and its code.</remarks>
public sealed record MctSegTrainerOptions : SegmentationTrainerOptions
{
    /// <summary>The published settings.</summary>
    public MctSegTrainerOptions() => BatchSize = 1;

    /// <summary>The network.</summary>
    /// <value>Default <see cref="MctSegArchitecture.Paper"/>.</value>
    public MctSegArchitecture Architecture { get; init; } = MctSegArchitecture.Paper;

    /// <summary>The terms of the objective.</summary>
    public MctSegLossOptions Losses { get; init; } = new();

    internal override NetworkArchitecture Network => Architecture;

    internal override LossOptions Objective => Losses;

    /// <summary>The settings of a published experiment: 1000 epochs, patches of 128^3, batch 1, Adam (AMSGrad) from 2e-4, seed 1024, and,
    /// so that methods can be compared, the training cases of RFNet's lists; the release has lists of its own.</summary>
    /// <param name="edition">The data set.</param>
    /// <param name="fidelity">Corrected (default), or everything as the released code does, its token layout included;
    /// preprocessing has the same choice of its own.</param>
    public static MctSegTrainerOptions Paper(BraTS edition, Fidelity fidelity = Fidelity.Corrected) =>
        PublishedData.Apply(new MctSegTrainerOptions { Architecture = MctSegArchitecture.Paper.As(fidelity) }, edition, fidelity);

    /// <inheritdoc/>
    public override MctSegTrainerOptions WithPatch(VolumeShape patch) => this with { Architecture = Architecture with { Patch = patch } };

    private protected override SegmentationTrainerOptions WithNetwork(NetworkArchitecture network) =>
        this with { Architecture = (MctSegArchitecture)network };

    internal override void DescribeObjective(StringBuilder text) => text
        .Append(
            CultureInfo.InvariantCulture,
            $"losses: cross-entropy + Dice; separate x{Losses.SeparateWeight:0.###}, auxiliary x{Losses.AuxiliaryWeight:0.###}, "
            + $"teacher x{Losses.TeacherWeight:0.###}; distillation x{Losses.DistillationWeight:0.###}")
        .Append(Losses.DetachTeacher ? ", teacher detached\n" : "\n");
}
