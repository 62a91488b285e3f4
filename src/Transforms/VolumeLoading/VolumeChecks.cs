using System.Globalization;

namespace Smml.MLNet;

/// <summary>What must hold of volumes that were read from files.</summary>
internal static class VolumeChecks
{
    /// <summary>How far apart in millimetres two scans may place the same corner; files store positions in single precision.</summary>
    public const double CornerTolerance = 1e-3;

    /// <summary>A scan has finite numbers, and not only one.</summary>
    /// <exception cref="InvalidDataException">It does not; the message names the file.</exception>
    public static void Image(Volume image)
    {
        int bad = 0;
        foreach (float voxel in image.Voxels)
            bad += float.IsFinite(voxel) ? 0 : 1;
        if (bad > 0)
            throw new InvalidDataException($"{image.Source}: found {bad} voxels that are NaN or infinite, expected finite intensities. Export the scan again, or replace those voxels by 0.");
        if (image.Voxels.IndexOfAnyExcept(image.Voxels[0]) < 0)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{image.Source}: every voxel is {image.Voxels[0]}, expected an image. Replace the file, or leave its path empty: then the scan counts as missing."));
    }

    /// <summary>All volumes have one shape and lie at one place.</summary>
    /// <exception cref="InvalidDataException">They do not; the message names two files.</exception>
    public static void OneGrid(IReadOnlyList<Volume> volumes)
    {
        Volume first = volumes[0];
        foreach (Volume other in volumes.Skip(1))
        {
            if (other.Shape != first.Shape)
                throw new InvalidDataException($"{other.Source}: found {other.Shape} voxels, expected {first.Shape} as in {first.Source}. Register and resample the volumes of a case to one grid.");
            double distance = first.Grid.Affine.CornerDistance(other.Grid.Affine, first.Shape);
            if (!(distance <= CornerTolerance))
            {
                throw new InvalidDataException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{other.Source} and {first.Source} are not co-registered: their corners lie up to {distance:0.####} mm apart ({other.Grid.Affine} and {first.Grid.Affine}), expected at most {CornerTolerance} mm. Register the volumes of a case to one grid."));
            }
        }
    }
}
