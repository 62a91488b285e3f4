namespace Smml.MLNet;

/// <summary>Options of <c>ValidateCases</c>.</summary>
public sealed record ValidationOptions
{
    /// <summary>The folder in which relative paths begin.</summary>
    /// <value>Null (default) for the current folder.</value>
    public string? RootDirectory { get; init; }

    /// <summary>Which of both a NIfTI file is placed by that has an sform and a qform.</summary>
    /// <value><see cref="Smml.MLNet.OrientationSource.Sform"/>, <see cref="Smml.MLNet.OrientationSource.Qform"/>, or null (default): the
    /// sform, and a file in which the two contradict each other about left and right, anterior and posterior, or superior and inferior is
    /// refused. A smaller difference is a warning.</value>
    public OrientationSource? OrientationSource { get; init; }

    /// <summary>Receives a report after each case, one call at a time.</summary>
    /// <value>Null (default): no reports.</value>
    public IProgress<ValidationProgress>? Progress { get; init; }

    /// <summary>Ends the validation between two cases.</summary>
    /// <value>Default: a token that is never cancelled.</value>
    public CancellationToken CancellationToken { get; init; }
}
