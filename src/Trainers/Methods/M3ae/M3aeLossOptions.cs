using System.Globalization;
using System.Text.Json.Serialization;
using Smml.MLNet.Methods.M3ae;

namespace Smml.MLNet;

/// <summary>The terms of M3AE's two objectives. Pre-training: the mean squared error of the reconstructed scans, and a penalty of the
/// substitute image. Training: Dice and binary cross-entropy of the regions, and a consistency of two masks.</summary>
public sealed record M3aeLossOptions : LossOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override MethodName Method => M3aeMethod.MethodName;

    /// <summary>The weight of the penalty in pre-training: the length of the vector of all differences of the substitute image from its
    /// mean in each modality.</summary>
    /// <value>0 to 100; default 0.005. With 0 the term is left out.</value>
    public double RegulariserWeight { get; init; } = 0.005;

    /// <summary>The weight of Dice in every segmentation term.</summary>
    /// <value>0 to 100; default 0.7. With 0 it is left out.</value>
    public double DiceWeight { get; init; } = 0.7;

    /// <summary>The weight of the binary cross-entropy in every segmentation term.</summary>
    /// <value>0 to 100; default 0.3. With 0 it is left out.</value>
    public double CrossEntropyWeight { get; init; } = 0.3;

    /// <summary>The weight of the predictions at a quarter and at half of the window's resolution; that of the final one is 1.</summary>
    /// <value>0 to 100; default 1. With 0 the term is left out.</value>
    public double DeepWeight { get; init; } = 1;

    /// <summary>The weight of the mean squared difference between what the two masks of a sample give.</summary>
    /// <value>0 to 100; default 0.1. With 0 the term is left out.</value>
    public double ConsistencyWeight { get; init; } = 0.1;

    /// <summary>What is compared between the two masks.</summary>
    /// <value>Default <see cref="ConsistencyTarget.DeepLogits"/>.</value>
    public ConsistencyTarget ConsistencyTarget { get; init; }

    internal override string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"regulariser {RegulariserWeight:0.####}, Dice {DiceWeight:0.###}, cross-entropy {CrossEntropyWeight:0.###}, "
        + $"deep {DeepWeight:0.###}, consistency {ConsistencyWeight:0.###} of {TargetName}");

    /// <summary>The target in words.</summary>
    internal string TargetName => ConsistencyTarget == ConsistencyTarget.Bottleneck ? "the bottleneck" : "the deep logits";

    internal override IEnumerable<string> Errors()
    {
        foreach (string error in WeightErrors(
            (nameof(RegulariserWeight), RegulariserWeight),
            (nameof(DiceWeight), DiceWeight),
            (nameof(CrossEntropyWeight), CrossEntropyWeight),
            (nameof(DeepWeight), DeepWeight),
            (nameof(ConsistencyWeight), ConsistencyWeight)))
            yield return error;
        if (DiceWeight == 0 && CrossEntropyWeight == 0)
            yield return "Losses.DiceWeight and Losses.CrossEntropyWeight are both 0; expected at least one above 0.";
        if (!Enum.IsDefined(ConsistencyTarget))
            yield return $"Losses.ConsistencyTarget is {ConsistencyTarget}; expected DeepLogits or Bottleneck.";
    }
}
