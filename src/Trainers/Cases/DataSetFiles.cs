using Smml.MLNet.VolumeFiles;

namespace Smml.MLNet.Cases;

/// <summary>The scans and labels of a data set, none of which a segmentation may replace.</summary>
/// <param name="paths">Their paths as they are opened; empty ones are left out.</param>
internal sealed class DataSetFiles(IEnumerable<string> paths)
{
    private readonly HashSet<string> _files = [.. paths.Where(path => path.Length > 0).Select(Full)];

    /// <summary>Adds a file that was found later.</summary>
    public void Add(string path) => _files.Add(Full(path));

    /// <summary>Refuses a case whose results would replace one of the files.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="targets">The files that would be written for it.</param>
    /// <exception cref="InvalidDataException">One of them belongs to the data set.</exception>
    public void Protect(string caseId, IEnumerable<string> targets)
    {
        if (targets.Select(Path.GetFullPath).FirstOrDefault(_files.Contains) is { } source)
        {
            throw new InvalidDataException(
                $"{source}: this file of the data set would be replaced by the segmentation of '{caseId}'. "
                + "Name another folder for the segmentations.");
        }
    }

    private static string Full(string path) => Path.GetFullPath(VolumePath.Parse(path).File);
}
