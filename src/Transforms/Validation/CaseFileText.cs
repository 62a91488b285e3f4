using Smml.MLNet.Discovery;
using Smml.MLNet.VolumeFiles;

namespace Smml.MLNet;

/// <summary>Says which file of a case was read as which scan, and which were not used. Cases whose files are named alike share a line: a
/// <c>*</c> stands for the name of the case.</summary>
internal static class CaseFileText
{
    private const int MostNames = 6;

    /// <summary>The lines about the files that are used: the cases, and what they have in common.</summary>
    public static IEnumerable<(string Cases, string Files)> Used(IReadOnlyList<ValidatedCase> cases) =>
        Group(cases, one => string.Join(", ", Named(one).Select(file => $"{file.Name} {Short(one, file.Path)}")));

    /// <summary>The lines about the files that are not used.</summary>
    public static IEnumerable<(string Cases, string Files)> Unused(IReadOnlyList<ValidatedCase> cases) =>
        Group(cases, one => string.Join(", ", one.Unused.Select(file => (file with { Path = Short(one, file.Path) }).ToString())));

    private static IEnumerable<(string Cases, string Files)> Group(IReadOnlyList<ValidatedCase> cases, Func<ValidatedCase, string> text)
    {
        foreach (IGrouping<string, ValidatedCase> alike in cases.GroupBy(text, StringComparer.Ordinal).Where(group => group.Key.Length > 0))
        {
            ValidatedCase[] members = [.. alike];
            string names = members.Length == cases.Count && members.Length > 1
                ? $"all {members.Length} cases"
                : string.Join(", ", members.Take(MostNames).Select(one => one.CaseId))
                    + (members.Length > MostNames ? $" and {members.Length - MostNames} more" : "");
            yield return (names, alike.Key);
        }
    }

    private static IEnumerable<(string Name, string Path)> Named(ValidatedCase one)
    {
        foreach ((Modality modality, string path) in one.ScanPaths)
            yield return (modality.ToString(), path);
        if (one.LabelPath is { } label)
            yield return ("label", label);
    }

    // From the folder that the files have in common.
    private static string Short(ValidatedCase one, string path)
    {
        string[] folders = [.. Named(one).Select(file => Folder(file.Path)).DefaultIfEmpty(Folder(path))];
        string common = folders[0];
        while (common.Length > 0 && folders.Any(folder => folder != common && !RealPath.IsAbove(common, folder)))
            common = Folder(common);
        string shown = common.Length > 0 && path.StartsWith(common, StringComparison.Ordinal)
            ? path[common.Length..].TrimStart(Path.DirectorySeparatorChar)
            : path;
        return shown.Replace(one.CaseId, "*", StringComparison.Ordinal);
    }

    private static string Folder(string path) => Path.GetDirectoryName(VolumePath.Parse(path).File) ?? "";
}
