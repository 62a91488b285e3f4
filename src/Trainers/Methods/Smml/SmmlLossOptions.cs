using System.Globalization;
using System.Text.Json.Serialization;
using Smml.MLNet.Methods.Smml;

namespace Smml.MLNet;

/// <summary>The direction of the Kullback-Leibler divergence between the two students.</summary>
public enum DivergenceDirection
{
    /// <summary>KL(student || teacher), as equation 3 of the paper prints it (default).</summary>
    Literal,

    /// <summary>KL(teacher || student), as knowledge distillation means it.</summary>
    Distillation,
}

/// <summary>How class prototypes of the feature relation constraint gather voxels of the coarse feature map.</summary>
public enum PrototypePooling
{
    /// <summary>A coarse voxel has the class of its corner voxel (equation 4 with nearest labels;
    /// default). Small regions can vanish.</summary>
    Nearest,

    /// <summary>A coarse voxel counts for each class by the share of its voxels; no class vanishes.</summary>
    Soft,
}

/// <summary>How the entropy weights of equation 8 are scaled.</summary>
public enum RelationWeighting
{
    /// <summary>They sum to one over the classes present (default); equation 9 read so has the size of the other terms.</summary>
    Normalized,

    /// <summary>The plain sum over voxels of equation 8, which grows with the patch.</summary>
    Raw,

    /// <summary>The mean over voxels.</summary>
    MeanPerVoxel,
}

/// <summary>The terms of the SMML objective (equation 13 of the paper) and their weights; a weight of 0 switches a term off.</summary>
public sealed record SmmlLossOptions : LossOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override MethodName Method => SmmlMethod.MethodName;

    /// <summary>Weight of cross-entropy + Dice on each modality's separate prediction.</summary>
    /// <value>0 to 100; default 1 (released code).</value>
    public double SeparateWeight { get; init; } = 1;

    /// <summary>Weight of cross-entropy + Dice on the fusion decoder's intermediate predictions.</summary>
    /// <value>0 to 100; default 1 (released code).</value>
    public double AuxiliaryWeight { get; init; } = 1;

    /// <summary>Weight of the pixel-level constraint PBC (equations 1 to 3); it needs two students.</summary>
    /// <value>0 to 100; default 1.</value>
    public double PixelConsistencyWeight { get; init; } = 1;

    /// <summary>Temperature tau of the pixel-level constraint.</summary>
    /// <value>0.1 to 100; default 6, as in the paper.</value>
    public double Temperature { get; init; } = 6;

    /// <summary>Direction of the divergence in the pixel-level constraint.</summary>
    /// <value>Default <see cref="DivergenceDirection.Literal"/>.</value>
    public DivergenceDirection Direction { get; init; } = DivergenceDirection.Literal;

    /// <summary>Weight of the feature-level constraint FRC (equations 4 to 9); it needs two students.</summary>
    /// <value>0 to 100; default 1.</value>
    public double FeatureRelationWeight { get; init; } = 1;

    /// <summary>How prototypes gather voxels.</summary>
    /// <value>Default <see cref="PrototypePooling.Nearest"/>.</value>
    public PrototypePooling Prototypes { get; init; } = PrototypePooling.Nearest;

    /// <summary>How the entropy weights of equation 8 are scaled.</summary>
    /// <value>Default <see cref="RelationWeighting.Normalized"/>.</value>
    public RelationWeighting RelationWeights { get; init; } = RelationWeighting.Normalized;

    /// <summary>Weight of the refinement network's own cross-entropy + Dice; it needs cues.</summary>
    /// <value>0 to 100; default 1.</value>
    public double RefinementWeight { get; init; } = 1;

    /// <summary>Weight of the consistency with the refined prediction (equation 11); it needs cues.</summary>
    /// <value>0 to 100; default 1.</value>
    public double RefinementConsistencyWeight { get; init; } = 1;

    /// <summary>Whether the refinement network (equations 10 and 11) takes part.</summary>
    internal bool UsesRefinement => RefinementWeight > 0 || RefinementConsistencyWeight > 0;

    internal override string Describe()
    {
        return string.Create(
            CultureInfo.InvariantCulture,
            $"separate {SeparateWeight:0.###}, auxiliary {AuxiliaryWeight:0.###}, PBC {PixelConsistencyWeight:0.###} (temperature "
            + $"{Temperature:0.###}, {Direction}), FRC {FeatureRelationWeight:0.###} ({Prototypes} prototypes, {RelationWeights} weights), "
            + $"SRN {RefinementWeight:0.###}, SRN consistency {RefinementConsistencyWeight:0.###}");
    }

    internal override IEnumerable<string> Errors()
    {
        IEnumerable<string> weights = WeightErrors(
            (nameof(SeparateWeight), SeparateWeight),
            (nameof(AuxiliaryWeight), AuxiliaryWeight),
            (nameof(PixelConsistencyWeight), PixelConsistencyWeight),
            (nameof(FeatureRelationWeight), FeatureRelationWeight),
            (nameof(RefinementWeight), RefinementWeight),
            (nameof(RefinementConsistencyWeight), RefinementConsistencyWeight));
        foreach (string error in weights)
            yield return error;
        if (RefinementConsistencyWeight > 0 && RefinementWeight == 0)
            yield return "Losses.RefinementWeight is 0 and RefinementConsistencyWeight is not: "
                + "the prediction would follow a refinement network that nothing trains. Set both, or both to 0.";
        if (!(Temperature is >= 0.1 and <= 100))
            yield return FormattableString.Invariant($"Losses.Temperature is {Temperature}; expected 0.1 to 100.");
    }
}
