using System.Globalization;

namespace Smml.MLNet.VolumeFiles;

/// <summary>A file, and which of its volumes: <c>BRATS_001.nii.gz#2</c> is the third volume of a four-dimensional file, as the Medical
/// Segmentation Decathlon stores the four scans of a patient.</summary>
/// <param name="File">The path of the file.</param>
/// <param name="Index">The volume, from 0; null where the path names none.</param>
internal readonly record struct VolumePath(string File, int? Index)
{
    /// <summary>Splits a path. A file whose own name ends like an index wins.</summary>
    public static VolumePath Parse(string path)
    {
        int at = path.LastIndexOf('#');
        return at > 0
            && int.TryParse(path.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && !System.IO.File.Exists(path)
            ? new(path[..at], index)
            : new(path, null);
    }

    /// <summary>The path of one volume of a file.</summary>
    public static string Of(string file, int index) => string.Create(CultureInfo.InvariantCulture, $"{file}#{index}");

    /// <inheritdoc/>
    public override string ToString() => Index is { } index ? Of(File, index) : File;
}
