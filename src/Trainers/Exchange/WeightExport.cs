namespace Smml.MLNet;

/// <summary>What <see cref="SegmentationCatalog.Export"/> wrote.</summary>
public sealed class WeightExport
{
    internal WeightExport(IReadOnlyList<string> files, IReadOnlyList<string> notes) => (Files, Notes) = (files, notes);

    /// <summary>The files that were written.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>What a reader of the files should know, as sentences.</summary>
    public IReadOnlyList<string> Notes { get; }
}
