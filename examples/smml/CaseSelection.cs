namespace Smml.MLNet.CommandLine;

/// <summary>Which cases of a folder a command takes.</summary>
internal sealed class CaseSelection
{
    /// <summary>The names of the cases to take; null or empty for all.</summary>
    public string[]? Only { get; init; }

    /// <summary>The names of the cases to leave out; null or empty for none.</summary>
    public string[]? Except { get; init; }

    /// <summary>The split to take a part of; null for all cases.</summary>
    public SplitChoice? Split { get; init; }

    /// <summary>The part of the split.</summary>
    public SplitPart Part { get; init; }

    /// <summary>Whether the split may name cases that the folder does not hold.</summary>
    public bool IsPartial { get; init; }

    /// <summary>What label values mean in cases whose layout does not tell; null to leave that open.</summary>
    public LabelConvention? Labels { get; init; }
}
