using System.Globalization;
using System.Text.RegularExpressions;

namespace Smml.MLNet.Layouts;

/// <summary>The path of a volume file as the layouts look at it: its name without the extension, and the folders above it.</summary>
internal sealed partial class LayoutPath
{
    // Longest first. The voxels of a .hdr or .mhd lie in an .img, .raw or .zraw beside it: a part, not a file of its own.
    private static readonly string[] s_extensions = [".nii.gz", ".hdr.gz", ".nii", ".mha", ".mhd", ".hdr"];

    private LayoutPath(string path, string stem)
    {
        Path = path;
        Stem = stem;
        Folder = System.IO.Path.GetDirectoryName(path) ?? "";

        // From the root of the disk: the folder that was asked for may itself be HGG, imagesTr or one patient.
        string full = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)) ?? "";
        Folders = [.. full.Split(System.IO.Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse()];
    }

    /// <summary>The path as it goes into a case.</summary>
    public string Path { get; }

    /// <summary>The path of the folder.</summary>
    public string Folder { get; }

    /// <summary>The name without its extension.</summary>
    public string Stem { get; }

    /// <summary>The names of the folders, the nearest first.</summary>
    public IReadOnlyList<string> Folders { get; }

    /// <summary>The name of a folder; the file lies in folder 0. Empty where there is none.</summary>
    public string FolderAt(int distance) => distance < Folders.Count ? Folders[distance] : "";

    /// <summary>The year in the nearest folder that names a BraTS year, such as
    /// <c>BraTS-PEDs2024_Training</c>; null where none does.</summary>
    public int? Year
    {
        get
        {
            foreach (string folder in Folders)
            {
                if (YearInName().Match(folder) is { Success: true } match)
                    return int.Parse(match.Groups["year"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
            }

            return null;
        }
    }

    /// <summary>Makes the path of a volume file; null for any other file, also for the hidden
    /// twins that macOS adds (<c>._name</c>).</summary>
    public static LayoutPath? Of(string path)
    {
        string name = System.IO.Path.GetFileName(path);
        if (name.StartsWith('.'))
            return null;
        string? extension = Array.Find(s_extensions, end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase));
        return extension is null || name.Length == extension.Length ? null : new(path, name[..^extension.Length]);
    }

    [GeneratedRegex("BraTS.*?(?<![0-9])(?<year>20[12][0-9])(?![0-9])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex YearInName();
}
