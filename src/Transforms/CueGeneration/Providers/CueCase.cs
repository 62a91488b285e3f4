namespace Smml.MLNet;

/// <summary>One training case for which cues are made.</summary>
public sealed class CueCase
{
    private readonly Volume?[] _scans;

    /// <summary>Makes a case.</summary>
    /// <param name="name">The name of the case, for file names, seeds and messages.</param>
    /// <param name="scans">The four scans in the order of <see cref="Modality"/>, on one grid; null where missing.</param>
    /// <param name="label">The expert segmentation on the same grid.</param>
    /// <param name="convention">How the label is written.</param>
    /// <param name="prediction">A prediction on the same grid, in the same convention; null where there is none.</param>
    /// <exception cref="ArgumentException">There are not four entries, no scan at all, or the grids differ in shape.</exception>
    /// <exception cref="InvalidDataException">The label has a value that the convention does not know.</exception>
    public CueCase(string name, IReadOnlyList<Volume?> scans, Volume label, LabelConvention convention, Volume? prediction = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(scans);
        ArgumentNullException.ThrowIfNull(label);
        ArgumentNullException.ThrowIfNull(convention);
        if (scans.Count != ModalitySet.ModalityCount || scans.All(scan => scan is null))
            throw new ArgumentException($"{name}: found {scans.Count} scans, of which {scans.Count(scan => scan is not null)} are there, expected an entry for each of the four modalities and at least one scan.", nameof(scans));
        if (scans.Append(prediction).FirstOrDefault(scan => scan is not null && scan.Shape != label.Shape) is { } other)
            throw new ArgumentException($"{name}: found scans of {other.Shape} and a label of {label.Shape}, expected one grid.", nameof(scans));
        Name = name;
        _scans = [.. scans];
        Label = label;
        Convention = convention;
        Classes = convention.ToClasses(label);
        PredictedClasses = prediction is null ? null : convention.ToClasses(prediction);
    }

    /// <summary>The name of the case.</summary>
    public string Name { get; }

    /// <summary>The expert segmentation.</summary>
    public Volume Label { get; }

    /// <summary>How the label is written.</summary>
    public LabelConvention Convention { get; }

    /// <summary>The grid of all volumes of the case.</summary>
    public VolumeGrid Grid => Label.Grid;

    /// <summary>A scan; null where it is missing.</summary>
    public Volume? this[Modality modality] => _scans[(int)modality];

    /// <summary>The class of each voxel.</summary>
    internal byte[] Classes { get; }

    /// <summary>The predicted class of each voxel; null where there is no prediction.</summary>
    internal byte[]? PredictedClasses { get; }
}
