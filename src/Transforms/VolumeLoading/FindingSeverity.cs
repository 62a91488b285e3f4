namespace Smml.MLNet;

/// <summary>What a finding of a check means for its case.</summary>
public enum FindingSeverity
{
    /// <summary>The case is used; the finding goes to the log.</summary>
    Warning,

    /// <summary>The case is refused; the others are not.</summary>
    Error,
}
