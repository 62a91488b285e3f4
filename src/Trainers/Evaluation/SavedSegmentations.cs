using System.Collections;

namespace Smml.MLNet;

/// <summary>The files that <c>SaveSegmentations</c> wrote, in the order of the rows, and the cases for which it wrote none.</summary>
public sealed class SavedSegmentations : IReadOnlyList<string>
{
    private readonly IReadOnlyList<string> _paths;

    internal SavedSegmentations(IReadOnlyList<string> paths, IReadOnlyList<SegmentationFailure> failures) =>
        (_paths, Failures) = (paths, failures);

    /// <summary>The cases that could not be segmented or written, and why.</summary>
    public IReadOnlyList<SegmentationFailure> Failures { get; }

    /// <inheritdoc/>
    public int Count => _paths.Count;

    /// <inheritdoc/>
    public string this[int index] => _paths[index];

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => _paths.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
