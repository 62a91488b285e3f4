using System.Text.Json.Serialization;
using Smml.MLNet.Methods.RFNet;

namespace Smml.MLNet;

/// <summary>The terms of RFNet's objective; each is cross-entropy + Dice, and the fused prediction has weight 1.</summary>
public sealed record RFNetLossOptions : LossOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override MethodName Method => RFNetMethod.MethodName;

    /// <summary>The weight of the predictions that the separate decoder makes from each modality alone.</summary>
    /// <value>0 to 100; default 1. With 0 the term is left out.</value>
    public double SeparateWeight { get; init; } = 1;

    /// <summary>The weight of the four region maps that guide the fusion.</summary>
    /// <value>0 to 100; default 1. With 0 the term is left out.</value>
    public double RegionMapWeight { get; init; } = 1;

    internal override string Describe() =>
        FormattableString.Invariant($"separate {SeparateWeight:0.###}, region maps {RegionMapWeight:0.###}");

    internal override IEnumerable<string> Errors() =>
        WeightErrors((nameof(SeparateWeight), SeparateWeight), (nameof(RegionMapWeight), RegionMapWeight));
}
