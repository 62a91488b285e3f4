using System.Globalization;
using System.Text;

namespace Smml.MLNet;

/// <summary>How SMML is trained. The defaults are the published settings (paper and released code): Adam with AMSGrad, a learning rate that
/// falls as (1 - epoch / epochs)^0.9, 1000 epochs.</summary>
public sealed record SmmlTrainerOptions : SegmentationTrainerOptions
{
    /// <summary>The network.</summary>
    /// <value>Default <see cref="SmmlArchitecture.Paper"/>.</value>
    public SmmlArchitecture Architecture { get; init; } = SmmlArchitecture.Paper;

    /// <summary>The terms of the objective.</summary>
    public SmmlLossOptions Losses { get; init; } = new();

    /// <summary>The first epoch (counted from 0) with the pixel-level constraint and the refinement consistency.</summary>
    /// <value>0 or more; default null: a tenth of the epochs plus one, which is the released code's 101 for 1000 epochs.</value>
    public int? ConsistencyStartEpoch { get; init; }

    /// <summary>Name of the column with <see cref="SemanticCues"/>; without such a column the refinement
    /// network is off, and the log says so.</summary>
    /// <value>Default <c>Cues</c>.</value>
    public string CueColumnName { get; init; } = "Cues";

    /// <summary>Whether data without cues are an error.</summary>
    /// <value>Default false: training goes on without the refinement network.</value>
    public bool RequireCues { get; init; }

    internal override NetworkArchitecture Network => Architecture;

    internal override LossOptions Objective => Losses;

    internal override string? CueColumn => Losses.UsesRefinement ? CueColumnName : null;

    internal override bool CuesAreRequired => RequireCues;

    internal override int? WarmUpEnd => ConsistencyStartEpoch ?? (Epochs / 10) + 1;

    internal override int CoupledBranches => Architecture.BranchCount;

    /// <summary>The settings of a published experiment: the paper's network and losses, 1000 epochs, batch 2, patches of
    /// 128^3, tau 6, pixel-level constraint and refinement consistency after epoch 100, Adam (AMSGrad) from 2e-4, seed 1024,
    /// and the published training cases (fold 1 of BraTS 2018; BraTS 2020; of BraTS 2015 no list was published: all cases).
    /// Source: the paper and its released code.</summary>
    /// <param name="edition">The data set.</param>
    /// <param name="fidelity">Corrected (default), or everything as the released code does, its quirks included;
    /// preprocessing has the same choice of its own.</param>
    public static SmmlTrainerOptions Paper(BraTS edition, Fidelity fidelity = Fidelity.Corrected)
    {
        SmmlArchitecture paper = SmmlArchitecture.Paper;
        SmmlTrainerOptions options = new()
        {
            Architecture = fidelity == Fidelity.Reference ? paper with { TokenLayout = TokenLayout.Reference } : paper,
        };
        return PublishedData.Apply(options, edition, fidelity);
    }

    /// <inheritdoc/>
    public override SmmlTrainerOptions WithPatch(VolumeShape patch) => this with { Architecture = Architecture with { Patch = patch } };

    private protected override SegmentationTrainerOptions WithNetwork(NetworkArchitecture network) =>
        this with { Architecture = (SmmlArchitecture)network };

    internal override void DescribeObjective(StringBuilder text)
    {
        SmmlLossOptions losses = Losses;
        text
            .Append(
                CultureInfo.InvariantCulture,
                $"losses: cross-entropy + Dice; separate x{losses.SeparateWeight:0.###}, auxiliary x{losses.AuxiliaryWeight:0.###}; "
                + $"FRC x{losses.FeatureRelationWeight:0.###} ({losses.Prototypes} prototypes, {losses.RelationWeights} weights); "
                + $"SRN x{losses.RefinementWeight:0.###}")
            .Append('\n');
        text
            .Append(
                CultureInfo.InvariantCulture,
                $"from epoch {WarmUpEnd + 1} on: PBC x{losses.PixelConsistencyWeight:0.###} at temperature {losses.Temperature:0.###} "
                + $"({losses.Direction}), refinement consistency x{losses.RefinementConsistencyWeight:0.###}")
            .Append('\n');
    }

    private protected override IEnumerable<string> MethodErrors()
    {
        if (ConsistencyStartEpoch is < 0)
            yield return $"ConsistencyStartEpoch is {ConsistencyStartEpoch}; expected 0 or more, or null.";
    }
}
