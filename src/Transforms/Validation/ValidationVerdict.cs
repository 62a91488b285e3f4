namespace Smml.MLNet;

/// <summary>Whether a case can be used.</summary>
public enum ValidationVerdict
{
    /// <summary>No check found anything.</summary>
    Ok,

    /// <summary>The case is used; something about it is odd.</summary>
    Warning,

    /// <summary>The case is refused.</summary>
    Refused,
}
