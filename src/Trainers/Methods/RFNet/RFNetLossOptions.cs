namespace Smml.MLNet;

/// <summary>The weights of RFNet's loss terms; each term is cross-entropy + Dice, and the fused prediction has weight 1.</summary>
public sealed record RFNetLossOptions
{
    /// <summary>The weight of the predictions that the separate decoder makes from each modality alone.</summary>
    /// <value>0 to 100; the default is 1. With 0 the term is left out.</value>
    public double SeparateWeight { get; init; } = 1;

    /// <summary>The weight of the four region maps that guide the fusion.</summary>
    /// <value>0 to 100; the default is 1. With 0 the term is left out.</value>
    public double RegionMapWeight { get; init; } = 1;

    /// <summary>Every rule that the weights break, one sentence each; empty when they are valid.</summary>
    internal IEnumerable<string> Errors()
    {
        if (!(SeparateWeight is >= 0 and <= 100))
            yield return FormattableString.Invariant($"Losses.SeparateWeight is {SeparateWeight}; expected 0 to 100.");
        if (!(RegionMapWeight is >= 0 and <= 100))
            yield return FormattableString.Invariant($"Losses.RegionMapWeight is {RegionMapWeight}; expected 0 to 100.");
    }
}
