namespace Smml.MLNet.Pictures;

/// <summary>A row of a <see cref="SegmentationPicture"/>: one case as it was scored. All volumes lie on
/// one grid, or were cropped from one.</summary>
public sealed class SegmentationPictureRow
{
    /// <summary>What the row shows, written above it; null for nothing.</summary>
    public string? Title { get; init; }

    /// <summary>Flair, T1ce, T1 and T2 in this order; null where the scan is missing.</summary>
    public required IReadOnlyList<Volume?> Scans { get; init; }

    /// <summary>The expert segmentation, or null.</summary>
    public Volume? Truth { get; init; }

    /// <summary>What a model found.</summary>
    public required Volume Prediction { get; init; }

    /// <summary>Every volume on the grid of its file.</summary>
    /// <exception cref="ArgumentException">There are not four scans, all are missing, or a volume lies on another grid.</exception>
    internal SegmentationPictureRow OnOneGrid()
    {
        ArgumentNullException.ThrowIfNull(Prediction);
        if (Scans is not { Count: ModalitySet.ModalityCount })
            throw new ArgumentException(
                $"A row has {Scans?.Count ?? 0} scans, expected four: Flair, T1ce, T1 and T2, null where one is missing.");
        Volume?[] all = [.. Scans.Append(Truth).Append(Prediction).Select(volume => volume?.ToSourceGrid(volume.Background))];
        Volume reference = all.Take(ModalitySet.ModalityCount).FirstOrDefault(scan => scan is not null)
            ?? throw new ArgumentException("A row has no scan, expected at least one of Flair, T1ce, T1 and T2.");
        foreach (Volume? volume in all)
        {
            if (volume is not null && volume.Shape != reference.Shape)
                throw new ArgumentException(
                    $"{volume.Source ?? "A volume"} has the shape {volume.Shape}, {reference.Source ?? "another"} has {reference.Shape}. "
                    + "Give the volumes of one case.");
        }

        return new() { Title = Title, Scans = all[..ModalitySet.ModalityCount], Truth = all[^2], Prediction = all[^1]! };
    }
}
