namespace Smml.MLNet.VolumeStages;

/// <summary>The volumes of one row. A missing scan is null.</summary>
internal sealed class VolumeSet
{
    private readonly Volume?[] _images;

    public VolumeSet(Volume? flair, Volume? t1ce, Volume? t1, Volume? t2, Volume? label)
        : this([flair, t1ce, t1, t2], label)
    {
    }

    private VolumeSet(Volume?[] images, Volume? label) => (_images, Label) = (images, label);

    public Volume? Label { get; }

    /// <summary>The scans that are there.</summary>
    public IEnumerable<Volume> Present => _images.OfType<Volume>();

    public Volume? this[Modality modality] => _images[(int)modality];

    /// <summary>Every volume, the label too, turned into another one.</summary>
    public VolumeSet SelectAll(Func<Volume, Volume> change) => new(Change((_, volume) => change(volume)), Label is null ? null : change(Label));

    /// <summary>Every scan turned into another one, or into a missing one; the label stays.</summary>
    public VolumeSet SelectImages(Func<Modality, Volume, Volume?> change) => new(Change(change), Label);

    /// <summary>The label, where there is one, turned into another one; the scans stay.</summary>
    public VolumeSet SelectLabel(Func<Volume, Volume> change) => new(_images, Label is null ? null : change(Label));

    /// <summary>The scans, which must be one or more and agree in shape.</summary>
    /// <param name="stage">The stage that asks, for messages.</param>
    /// <exception cref="InvalidDataException">There is no scan, or two differ in shape.</exception>
    public Volume[] RequireImages(string stage)
    {
        Volume[] present = [.. Present];
        if (present.Length == 0)
            throw new InvalidDataException($"The stage '{stage}' found a row without any scan{(Label?.Source is { } source ? $" (label {source})" : "")}: all of Flair, T1ce, T1 and T2 are missing. Leave the row out, or drop fewer modalities.");
        Volume? other = present.Append(Label).OfType<Volume>().FirstOrDefault(volume => volume.Shape != present[0].Shape);
        if (other is not null)
            throw new InvalidDataException($"The stage '{stage}' found volumes of different shape: {present[0]} and {other}. Register the scans to one grid first; LoadVolumes checks this.");
        return present;
    }

    private Volume?[] Change(Func<Modality, Volume, Volume?> change) => [.. _images.Select((volume, index) => volume is null ? null : change((Modality)index, volume))];
}
