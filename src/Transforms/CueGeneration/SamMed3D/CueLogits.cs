namespace Smml.MLNet.CueGeneration;

/// <summary>What SAM-Med3D found in one case, before it is brought to the case's grid: small enough to keep.</summary>
internal sealed class CueLogits
{
    /// <summary>Classes, background included.</summary>
    public required int ClassCount { get; init; }

    /// <summary>The side of each cube of logits.</summary>
    public required int Side { get; init; }

    /// <summary>The logits of a class in a modality, element class * 4 + modality; null where there are none: a
    /// missing scan, a class without voxels.</summary>
    public required Half[]?[] Maps { get; init; }

    /// <summary>What is special about the case, one sentence each.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }
}
