using Smml.MLNet.Discovery;
using Smml.MLNet.VolumeFiles;

namespace Smml.MLNet.Cases;

/// <summary>Says which file of a case is read as which scan, and which files are not used. Cases whose files are named alike share a line:
/// a <c>*</c> stands for the name of the case.</summary>
internal static class CaseFileText
{
    private const int MostNames = 6;

    /// <summary>The lines about the files that are used: the cases, and what they have in common.</summary>
    public static IEnumerable<(string Cases, string Files)> Used(IReadOnlyList<BraTSCase> cases) =>
        Group(cases, item => Named(item).Select(file => $"{file.Name} {Short(item, file.Path)}"));

    /// <summary>The lines about the files that are not used.</summary>
    public static IEnumerable<(string Cases, string Files)> Unused(IReadOnlyList<BraTSCase> cases) =>
        Group(cases, item => UnusedOf(item).Select(file => Short(item, file)));

    /// <summary>The files of a case that are not used, each with the reason behind it where there is one.</summary>
    public static IReadOnlyList<string> UnusedOf(BraTSCase item) =>
        (item.UnusedFiles ?? "").Split(BraTSCase.UnusedSeparator, StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<(string Cases, string Files)> Group(
        IReadOnlyList<BraTSCase> cases, Func<BraTSCase, IEnumerable<string>> files)
    {
        foreach (IGrouping<string, BraTSCase> alike in cases
            .GroupBy(item => string.Join(", ", files(item)), StringComparer.Ordinal)
            .Where(group => group.Key.Length > 0))
        {
            BraTSCase[] members = [.. alike];
            string names = members.Length == cases.Count && members.Length > 1
                ? $"all {members.Length} cases"
                : string.Join(", ", members.Take(MostNames).Select(item => item.CaseId))
                    + (members.Length > MostNames ? $" and {members.Length - MostNames} more" : "");
            yield return (names, alike.Key);
        }
    }

    private static IEnumerable<(string Name, string Path)> Named(BraTSCase item)
    {
        foreach (Modality modality in item.Modalities)
            yield return (modality.ToString(), item.PathOf(modality));
        if (!string.IsNullOrEmpty(item.LabelPath))
            yield return ("label", item.LabelPath);
    }

    // From the folder that the files have in common.
    private static string Short(BraTSCase item, string path)
    {
        string[] folders = [.. Named(item).Select(file => Folder(file.Path)).DefaultIfEmpty(Folder(path))];
        string common = folders[0];
        while (common.Length > 0 && folders.Any(folder => folder != common && !RealPath.IsAbove(common, folder)))
            common = Folder(common);
        string shown = common.Length > 0 && path.StartsWith(common + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path[(common.Length + 1)..]
            : path;
        return item.CaseId.Length > 0 ? shown.Replace(item.CaseId, "*", StringComparison.Ordinal) : shown;
    }

    private static string Folder(string path) => Path.GetDirectoryName(VolumePath.Parse(path).File) ?? "";
}
