using System.Text.Json.Serialization;
using Smml.MLNet.Methods.UNetMfi;

namespace Smml.MLNet;

/// <summary>The terms of U-Net-MFI's objective; each is Dice + binary cross-entropy of the regions, and the fused prediction has
/// weight 1.</summary>
public sealed record UNetMfiLossOptions : LossOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override MethodName Method => UNetMfiMethod.MethodName;

    /// <summary>The weight of the predictions of the four U-Nets, those of missing modalities included.</summary>
    /// <value>0 to 100; default 1. With 0 the term is left out.</value>
    /// <remarks>These predictions make up four fifths of what segments. With 0 they are trained only as far as the fused prediction is
    /// computed from them.</remarks>
    public double SeparateWeight { get; init; } = 1;

    /// <summary>The weight of the predictions of the four U-Nets at a quarter and at half of the window's resolution.</summary>
    /// <value>0 to 100; default 1. With 0 the term is left out.</value>
    public double CoarseWeight { get; init; } = 1;

    /// <summary>The weight of the binary cross-entropy beside Dice in every term.</summary>
    /// <value>0 to 100; default 0.5. With 0 it is left out.</value>
    public double CrossEntropyWeight { get; init; } = 0.5;

    internal override string Describe() => FormattableString.Invariant(
        $"separate {SeparateWeight:0.###}, coarse {CoarseWeight:0.###}, cross-entropy {CrossEntropyWeight:0.###}");

    internal override IEnumerable<string> Errors() => WeightErrors(
        (nameof(SeparateWeight), SeparateWeight),
        (nameof(CoarseWeight), CoarseWeight),
        (nameof(CrossEntropyWeight), CrossEntropyWeight));
}
