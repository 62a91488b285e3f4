using System.Text.Json.Serialization;
using Smml.MLNet.Methods.MmFormer;

namespace Smml.MLNet;

/// <summary>The terms of mmFormer's objective beside the fused prediction, and their weights; a weight of 0 switches a term off.</summary>
public sealed record MmFormerLossOptions : LossOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override MethodName Method => MmFormerMethod.MethodName;

    /// <summary>Weight of cross-entropy + Dice on each modality's separate prediction.</summary>
    /// <value>0 to 100; default 1 (released code).</value>
    public double SeparateWeight { get; init; } = 1;

    /// <summary>Weight of cross-entropy + Dice on the fusion decoder's intermediate predictions.</summary>
    /// <value>0 to 100; default 1 (released code).</value>
    public double AuxiliaryWeight { get; init; } = 1;

    internal override string Describe() =>
        FormattableString.Invariant($"separate {SeparateWeight:0.###}, auxiliary {AuxiliaryWeight:0.###}");

    internal override IEnumerable<string> Errors() =>
        WeightErrors((nameof(SeparateWeight), SeparateWeight), (nameof(AuxiliaryWeight), AuxiliaryWeight));
}
