using System.Text;

namespace Smml.MLNet;

/// <summary>Finds the cases of a BraTS folder and keeps lists of them.</summary>
public static class BraTSDataset
{
    private static readonly (string Name, Func<BraTSCase, string> Get)[] s_columns = [.. BraTSCaseDataView.Columns];

    /// <summary>Finds every case below a folder, at any depth (also below <c>HGG</c> and <c>LGG</c>), by the names of its files.</summary>
    /// <remarks>Understood are <c>&lt;case&gt;_{flair,t1,t1ce,t2,seg}.nii[.gz]</c> (BraTS 2018 to 2021, convention BraTS2018) and
    /// <c>&lt;case&gt;-{t2f,t1n,t1c,t2w,seg}.nii[.gz]</c> (BraTS 2023, convention BraTS2023). Any file of a case may be missing, but not all its scans.
    /// A label of another name is taken when its folder holds one case and one other file with <c>seg</c> in its name (BraTS 2020, case 355).</remarks>
    /// <param name="folder">The folder; the paths of the result begin with it.</param>
    /// <returns>At least one case, sorted by <see cref="BraTSCase.CaseId"/> (ordinal).</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There is no case in it, or a case has two files for one modality.</exception>
    public static IReadOnlyList<BraTSCase> Find(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{folder}: there is no such folder. Give the folder that holds the cases.");
        EnumerationOptions all = new() { RecurseSubdirectories = true };
        SortedDictionary<string, BraTSCase> cases = new(StringComparer.Ordinal);
        List<string> others = [];
        foreach (string path in Directory.EnumerateFiles(folder, "*.nii*", all).Where(path => Path.GetFileName(path)[0] != '.').Order(StringComparer.Ordinal))
        {
            if (BraTSFileName.Parse(Path.GetFileName(path)) is { } name)
                Add(cases, name, path);
            else if (BraTSFileName.RemoveExtension(path) is not null)
                others.Add(path);
        }

        AddOddLabels(cases.Values, others);
        BraTSCase[] found = [.. cases.Values.Where(item => item.Modalities.Count > 0)];
        if (found.Length == 0)
        {
            throw new InvalidDataException(
                $"{folder}: found no case ({others.Count} other NIfTI files), looked for {BraTSFileName.Patterns} in it and below. Give the folder that holds the cases, or list the files in a manifest.");
        }

        return found;
    }

    /// <summary>Writes a list of cases as CSV with a header, which <see cref="BraTSDataExtensions.CreateBraTSManifestLoader"/> reads. A blank cell is a missing file.</summary>
    /// <param name="path">The CSV file; it is replaced.</param>
    /// <param name="cases">The cases; their paths are written as they are, relative ones stay relative to the current folder.</param>
    /// <exception cref="ArgumentException">A cell holds a line break.</exception>
    public static void WriteManifest(string path, IEnumerable<BraTSCase> cases)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(cases);
        StringBuilder text = new();
        text.AppendJoin(',', s_columns.Select(column => column.Name)).Append('\n');
        foreach (BraTSCase item in cases)
            text.AppendJoin(',', s_columns.Select(column => Quote(column.Get(item)))).Append('\n');
        File.WriteAllText(path, text.ToString());
    }

    private static void Add(SortedDictionary<string, BraTSCase> cases, BraTSFileName name, string path)
    {
        if (!cases.TryGetValue(name.CaseId, out BraTSCase? item))
            cases.Add(name.CaseId, item = new() { CaseId = name.CaseId, LabelConvention = name.Convention.Name });
        string present = name.Kind is { } modality ? item.PathOf(modality) : item.LabelPath;
        if (present.Length > 0 || item.LabelConvention != name.Convention.Name)
        {
            throw new InvalidDataException(
                $"{path}: found a second file for the {name.Kind?.ToString() ?? "label"} of case {name.CaseId}{(present.Length > 0 ? $" beside {present}" : ", named as in another year")}, expected one. Move one of them away, or list the files in a manifest.");
        }

        if (name.Kind is { } kind)
            item.SetPath(kind, path);
        else
            item.LabelPath = path;
    }

    private static void AddOddLabels(IEnumerable<BraTSCase> cases, List<string> others)
    {
        ILookup<string?, BraTSCase> byFolder = cases.Where(item => item.Modalities.Count > 0).ToLookup(item => Path.GetDirectoryName(item.PathOf(item.Modalities.First())), StringComparer.Ordinal);
        foreach (IGrouping<string?, string> labels in others.Where(path => Path.GetFileName(path).Contains("seg", StringComparison.OrdinalIgnoreCase)).GroupBy(Path.GetDirectoryName, StringComparer.Ordinal))
        {
            BraTSCase[] here = [.. byFolder[labels.Key].Take(2)];
            if (here is [{ LabelPath: "" } only] && labels.Count() == 1)
                only.LabelPath = labels.First();
        }
    }

    private static string Quote(string cell)
    {
        if (cell.AsSpan().ContainsAny('\n', '\r'))
            throw new ArgumentException($"'{cell}': found a line break in a name, expected none. Rename the file.", nameof(cell));
        return cell.AsSpan().ContainsAny(',', '"') || cell != cell.Trim() ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
    }
}
