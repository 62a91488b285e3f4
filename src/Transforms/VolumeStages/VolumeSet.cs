namespace Smml.MLNet.VolumeStages;

/// <summary>The scans of one case on one grid, and its label if it has one. At least one scan is there.</summary>
/// <remarks>One grid means that all volumes have the same shape and the same <see cref="Volume.Offset"/>. Whether they also lie at the same
/// place in the patient is checked where files are read, because registered files differ there by rounding.</remarks>
internal sealed class VolumeSet
{
    private readonly Volume?[] _scans;

    /// <summary>Checks and takes the volumes of a case.</summary>
    /// <param name="scans">The four scans in the order of <see cref="Modality"/>; null where missing.</param>
    /// <param name="label">The expert segmentation; null where there is none.</param>
    /// <param name="owner">How messages begin, for example <c>The stage 'crop-foreground'</c>.</param>
    /// <exception cref="ArgumentException">There are not four entries.</exception>
    /// <exception cref="InvalidDataException">There is no scan, or two volumes differ in shape or offset; the message names
    /// both.</exception>
    public VolumeSet(IReadOnlyList<Volume?> scans, Volume? label, string owner)
    {
        if (scans.Count != ModalitySet.ModalityCount)
            throw new ArgumentException(
                $"{owner} found {scans.Count} scans, expected an entry for each of the four modalities.", nameof(scans));
        if (scans.All(scan => scan is null))
        {
            throw new InvalidDataException(
                $"{owner} found a row without any scan{(label?.Source is { } source ? $" (label {source})" : "")}: "
                    + "all of Flair, T1ce, T1 and T2 are missing. Leave the row out, or drop fewer modalities.");
        }

        (_scans, Label) = ([.. scans], label);
        if (Scans.Append(label).OfType<Volume>().FirstOrDefault(volume => volume.Shape != Shape) is { } other)
        {
            throw new InvalidDataException(
                $"{owner} found volumes of different shape: {Reference} and {other}. Register the scans to one grid first; "
                    + "LoadVolumes checks this.");
        }

        if (Scans.Append(label).OfType<Volume>().FirstOrDefault(volume => volume.Offset != Reference.Offset) is { } moved)
        {
            throw new InvalidDataException(
                $"{owner} found volumes that were cropped differently: {Reference} begins at voxel {Reference.Offset} "
                    + $"of the uncropped scan, {moved} at {moved.Offset}. Crop all volumes of a row with one CropForeground stage.");
        }
    }

    // For volumes that were all changed alike.
    private VolumeSet(Volume?[] scans, Volume? label) => (_scans, Label) = (scans, label);

    /// <summary>The expert segmentation; null where there is none.</summary>
    public Volume? Label { get; }

    /// <summary>The scans that are there, in the order of <see cref="Modality"/>.</summary>
    public IEnumerable<Volume> Scans => _scans.OfType<Volume>();

    /// <summary>The modalities of the scans that are there; at least one.</summary>
    public ModalitySet Present => ModalitySet.Of([.. ModalitySet.All.Where(modality => this[modality] is not null)]);

    /// <summary>The first scan that is there. Shape and place of all others are those of it.</summary>
    public Volume Reference => Scans.First();

    /// <summary>The number of voxels along each axis, of every volume.</summary>
    public VolumeShape Shape => Reference.Shape;

    /// <summary>Shape and position of the volumes.</summary>
    public VolumeGrid Grid => Reference.Grid;

    /// <summary>A scan; null where it is missing.</summary>
    public Volume? this[Modality modality] => _scans[(int)modality];

    /// <summary>The value of a voxel without tissue in a scan; 0 where the scan is missing.</summary>
    public float BackgroundOf(Modality modality) => this[modality]?.Background ?? 0;

    /// <summary>Every volume, the label too, changed alike.</summary>
    public VolumeSet Select(Func<Volume, Volume> change) => Select((_, scan) => change(scan), change);

    /// <summary>The scans and the label, each changed in its own way but to one new grid.</summary>
    /// <param name="scan">Changes a scan.</param>
    /// <param name="label">Changes the label.</param>
    public VolumeSet Select(Func<Modality, Volume, Volume> scan, Func<Volume, Volume> label)
    {
        Volume?[] scans = [.. ModalitySet.All.Select(modality => this[modality] is { } old ? scan(modality, old) : null)];
        return new(scans, Label is null ? null : label(Label));
    }
}
