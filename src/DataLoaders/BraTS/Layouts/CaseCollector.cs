namespace Smml.MLNet.Layouts;

/// <summary>Puts the volume files of a folder together to cases.</summary>
internal sealed class CaseCollector(CaseGrades grades)
{
    private readonly SortedDictionary<string, BraTSCase> _cases = new(StringComparer.Ordinal);
    private readonly List<LayoutPath> _others = [];

    /// <summary>How many volume files belong to no case.</summary>
    public int OtherCount => _others.Count;

    /// <summary>The cases that have a scan, sorted by name.</summary>
    public IReadOnlyList<BraTSCase> Cases => [.. _cases.Values.Where(item => item.Modalities.Count > 0)];

    /// <summary>Sorts files into cases: names of the challenges first; then, folder by folder, names of the same form behind any case name,
    /// or words for modalities.</summary>
    /// <exception cref="InvalidDataException">A case has two files for one modality, or a name can mean two things.</exception>
    public void Add(IEnumerable<LayoutPath> paths)
    {
        List<LayoutPath> unnamed = [];
        HashSet<string> foldersWithCases = new(StringComparer.Ordinal);
        foreach (LayoutPath path in paths)
        {
            if (KnownLayouts.ReadChallenge(path) is { } file)
            {
                Add(path, file);
                foldersWithCases.Add(path.Folder);
            }
            else
            {
                unnamed.Add(path);
            }
        }

        foreach (IGrouping<string, LayoutPath> folder in unnamed.GroupBy(path => path.Folder, StringComparer.Ordinal))
            AddFolder([.. folder], mayHoldCases: !foldersWithCases.Contains(folder.Key));
        AddOddLabels();
    }

    // Where a word for a modality is left over, the folder only looks like a BraTS folder: taking anna_t1
    // and anna_t2 but not anna_t1c would lose a scan.
    private void AddFolder(LayoutPath[] paths, bool mayHoldCases)
    {
        (LayoutPath Path, LayoutFile? File)[] read = [.. paths.Select(path => (path, KnownLayouts.ReadAny(path)))];
        bool isLikeBraTS = read.All(one => one.File is not null || HospitalFolder.KindsOf(one.Path.Stem) is [] or [FileKind.Label]);
        if (!mayHoldCases)
            read = [];
        else if (!isLikeBraTS || read.All(one => one.File is null))
            read = [.. HospitalFolder.Read(paths).Select(one => (one.Path, (LayoutFile?)one.File))];
        foreach ((LayoutPath path, LayoutFile? file) in read)
        {
            if (file is not null)
                Add(path, file);
        }

        _others.AddRange(paths.Except(read.Where(one => one.File is not null).Select(one => one.Path)));
    }

    private void Add(LayoutPath path, LayoutFile file)
    {
        string convention = file.Convention?.Name ?? "";
        if (!_cases.TryGetValue(file.CaseId, out BraTSCase? item))
            _cases.Add(file.CaseId, item = new()
            {
                CaseId = file.CaseId,
                LabelConvention = convention,
                Layout = file.Layout,
                Grade = grades.Of(file.CaseId, path),
            });
        if (item.Layout != file.Layout || item.LabelConvention != convention)
        {
            throw new InvalidDataException(
                $"{path.Path}: found a file of case {file.CaseId} named as in '{file.Layout}', its others are named as in '{item.Layout}', "
                + "expected one naming. Move one of the two away, or list the files in a manifest.");
        }

        if (file.Kind == FileKind.Label)
            item.LabelPath = Once(item.LabelPath, path.Path, path, file);
        else if (file.Kind == FileKind.AllScans)
            SetAll(item, path, file);
        else
            item.SetPath((Modality)file.Kind, Once(item.PathOf((Modality)file.Kind), path.Path, path, file));
    }

    private static void SetAll(BraTSCase item, LayoutPath path, LayoutFile file)
    {
        foreach (Modality modality in ModalitySet.All)
            item.SetPath(modality, Once(item.PathOf(modality), DecathlonNames.PathOf(path.Path, modality), path, file));
    }

    private static string Once(string present, string value, LayoutPath path, LayoutFile file) => present.Length == 0
        ? value
        : throw new InvalidDataException(
            $"{path.Path}: found a second file for the {(file.Kind == FileKind.Label ? "label" : file.Kind)} of case {file.CaseId} beside "
            + $"{present}, expected one. Move one of them away, or list the files in a manifest.");

    // BraTS 2020, case 355: W39_1998.09.19_Segm.nii.
    private void AddOddLabels()
    {
        ILookup<string?, BraTSCase> byFolder = _cases.Values.Where(item => item.Modalities.Count > 0)
            .ToLookup(item => Path.GetDirectoryName(item.PathOf(item.Modalities.First())), StringComparer.Ordinal);
        foreach (IGrouping<string, LayoutPath> labels in _others
            .Where(path => path.Stem.Contains("seg", StringComparison.OrdinalIgnoreCase))
            .GroupBy(path => path.Folder, StringComparer.Ordinal))
        {
            if (byFolder[labels.Key].ToArray() is [{ LabelPath: "" } only] && labels.Count() == 1)
                only.LabelPath = labels.First().Path;
        }
    }
}
