namespace Smml.MLNet;

/// <summary>Options of <c>ValidateCases</c>.</summary>
public sealed record ValidationOptions
{
    /// <summary>The folder that relative paths begin at; null for the current folder.</summary>
    public string? RootDirectory { get; init; }

    /// <summary>Told after each case, one call at a time.</summary>
    public IProgress<ValidationProgress>? Progress { get; init; }

    /// <summary>Ends the validation between two cases.</summary>
    public CancellationToken CancellationToken { get; init; }
}
