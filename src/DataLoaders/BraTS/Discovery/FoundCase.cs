using Smml.MLNet.Layouts;
using Smml.MLNet.ScanNames;

namespace Smml.MLNet.Discovery;

/// <summary>A case while its files are put together.</summary>
/// <param name="caseId">The name of the case.</param>
/// <param name="home">The folder that makes the case one of its own where names meet; empty for the names of a challenge, which are
/// unique.</param>
internal sealed class FoundCase(string caseId, string home)
{
    private const string BiasCorrected = "_bias"; // UCSF-PDGM keeps both

    private readonly SortedDictionary<FileKind, List<LayoutPath>> _files = [];
    private readonly List<UnusedFile> _unused = [];
    private readonly List<string> _problems = [];
    private readonly List<(string Layout, LabelConvention? Convention, LayoutPath Path)> _names = [];

    public string CaseId { get; } = caseId;

    public string Home { get; } = home;

    /// <summary>The folders that hold its files.</summary>
    public HashSet<string> Folders { get; } = new(StringComparer.Ordinal);

    public bool HasScan => _files.Keys.Any(kind => kind != FileKind.Label);

    public bool HasLabel => _files.ContainsKey(FileKind.Label);

    public bool HasProblem => _problems.Count > 0;

    /// <summary>A file of the case, to name it in a message.</summary>
    public string SomePath => _files.Values.First()[0].Path;

    public void Add(LayoutPath path, FileKind kind, string layout, LabelConvention? convention)
    {
        _names.Add((layout, convention, path));
        Folders.Add(path.Folder);
        if (!_files.TryGetValue(kind, out List<LayoutPath>? files))
            _files.Add(kind, files = []);
        files.Add(path);
    }

    public void AddUnused(LayoutPath path, string reason, NameDoubt doubt) => _unused.Add(new(path.Path, reason, doubt));

    public void AddProblem(string problem) => _problems.Add(problem);

    /// <summary>Takes a label of another name or folder; one with a reason is said and not used.</summary>
    public void AddLabel(LayoutPath path, string? reason)
    {
        if (reason is not null)
            AddUnused(path, reason, NameDoubt.None);
        else
            Add(path, FileKind.Label, _names[0].Layout, _names[0].Convention);
    }

    /// <summary>Takes every file away.</summary>
    public IReadOnlyList<LayoutPath> TakeFiles()
    {
        LayoutPath[] files = [.. _files.Values.SelectMany(paths => paths)];
        _files.Clear();
        return files;
    }

    /// <summary>Takes the labels away where there are several: which one is the truth is not known.</summary>
    public void DropSeveralLabels()
    {
        if (_files.GetValueOrDefault(FileKind.Label) is not { Count: > 1 } labels)
            return;
        _files.Remove(FileKind.Label);
        foreach (LayoutPath label in labels)
            AddUnused(label, $"one of {labels.Count} labels", NameDoubt.Label);
    }

    /// <summary>The row of the case.</summary>
    public BraTSCase ToRow(CaseGrades grades)
    {
        DropBiasCorrected();
        CheckNames();
        LayoutPath? some = _files.Values.FirstOrDefault()?[0];
        BraTSCase row = new()
        {
            CaseId = CaseId,
            LabelConvention = _names.Count > 0 ? _names[0].Convention?.Name ?? "" : "",
            Layout = _names.Count > 0 ? _names[0].Layout : "",
            Grade = some is null ? "" : grades.Of(CaseId, some),
        };
        foreach ((FileKind kind, List<LayoutPath> files) in _files)
        {
            if (files.Count > 1)
                continue; // which of them it is, is not known: nothing may use one of them by chance
            string path = files[0].Path;
            if (kind == FileKind.Label)
                row.LabelPath = path;
            else if (kind != FileKind.AllScans)
                row.SetPath((Modality)kind, path);
            else
                SetAll(row, path);
        }

        row.Problem = string.Join(' ', _problems);
        row.SetUnused([.. _unused.OrderBy(file => file.Path, StringComparer.Ordinal)]);
        return row;
    }

    private static void SetAll(BraTSCase row, string path)
    {
        foreach (Modality modality in ModalitySet.All)
            row.SetPath(modality, DecathlonNames.PathOf(path, modality));
    }

    private void DropBiasCorrected()
    {
        foreach (List<LayoutPath> files in _files.Values.Where(files => files.Count > 1))
        {
            LayoutPath[] copies = [.. files.Where(copy => files.Any(file => copy.Stem == file.Stem + BiasCorrected))];
            files.RemoveAll(copies.Contains);
            foreach (LayoutPath copy in copies)
                AddUnused(copy, "a bias-corrected copy", NameDoubt.None);
        }
    }

    private void CheckNames()
    {
        if (_names.Find(name => name.Layout != _names[0].Layout || name.Convention != _names[0].Convention) is { Path: { } odd } other)
        {
            AddProblem($"{odd.Path}: found a file of case {CaseId} named as in '{other.Layout}', its others are named as in "
                + $"'{_names[0].Layout}', expected one naming. Move one of the two away, or list the files in a manifest.");
        }

        foreach ((FileKind kind, List<LayoutPath> files) in _files.Where(pair => pair.Value.Count > 1))
        {
            AddProblem($"{files[1].Path}: found a second file for the {(kind == FileKind.Label ? "label" : kind)} of case {CaseId} beside "
                + $"{files[0].Path}, expected one. Move one of them away, or list the files in a manifest.");
        }
    }
}
