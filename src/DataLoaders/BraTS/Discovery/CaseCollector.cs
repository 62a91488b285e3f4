using System.Text;
using Smml.MLNet.Layouts;
using Smml.MLNet.ScanNames;
using Smml.MLNet.VolumeFiles;

namespace Smml.MLNet.Discovery;

/// <summary>Puts the volume files of a folder together to cases. What is wrong with the files of a case becomes the case's problem; the
/// others are not touched.</summary>
/// <param name="root">The folder that was asked for.</param>
internal sealed class CaseCollector(string root)
{
    private readonly List<FoundCase> _cases = [];
    private readonly Dictionary<(string CaseId, string Home), FoundCase> _byName = [];
    private readonly List<NamedFile> _looseLabels = [];
    private readonly List<(LayoutPath Path, string Reason, NameDoubt Doubt)> _others = [];
    private readonly List<UnusedFile> _unassigned = [];

    /// <summary>The volume files that belong to no case.</summary>
    public IReadOnlyList<UnusedFile> Unassigned => _unassigned;

    /// <summary>Sorts files into cases: names of the challenges first, then folder by folder.</summary>
    /// <param name="paths">Every volume file below the folder.</param>
    /// <returns>The cases that have a scan or a problem.</returns>
    public IReadOnlyList<FoundCase> Collect(IEnumerable<LayoutPath> paths)
    {
        HashSet<string> challengeFolders = new(StringComparer.Ordinal);
        List<LayoutPath> unnamed = [];
        foreach (LayoutPath path in paths)
        {
            if (KnownLayouts.ReadChallenge(path) is { } file)
            {
                Put(CaseOf(file.CaseId, ""), path, file.Kind, file.Layout, file.Convention);
                challengeFolders.Add(path.Folder);
            }
            else
            {
                unnamed.Add(path);
            }
        }

        List<NamedFile> files = [];
        foreach (IGrouping<string, LayoutPath> folder in unnamed.GroupBy(path => path.Folder, StringComparer.Ordinal))
        {
            IEnumerable<NamedFile> read = NamedFile.Read([.. folder], root);
            if (challengeFolders.Contains(folder.Key))
                AddOddLabel([.. read]);
            else
                files.AddRange(read);
        }

        foreach (IGrouping<string, NamedFile> home in files.GroupBy(file => file.Home, StringComparer.Ordinal))
            AddHome(home.Key, [.. home]);
        DropDerived();
        AddLooseLabels();
        _cases.RemoveAll(item => !item.HasScan && !item.HasProblem && Leave(item));
        foreach (FoundCase item in _cases.Where(item => item.Home.Length > 0))
            item.DropSeveralLabels();
        FindMeetingNames();
        AssignOthers();
        return [.. _cases.OrderBy(item => item.CaseId, StringComparer.Ordinal).ThenBy(item => item.Home, StringComparer.Ordinal)];
    }

    private FoundCase CaseOf(string caseId, string home)
    {
        if (!_byName.TryGetValue((caseId, home), out FoundCase? found))
        {
            found = _byName[(caseId, home)] = new(caseId, home);
            _cases.Add(found);
        }

        return found;
    }

    private void Put(FoundCase item, LayoutPath path, FileKind kind, string layout, LabelConvention? convention)
    {
        if (kind == FileKind.Label && OwnFiles.IsSegmentation(path.Path))
            _others.Add((path, OwnFiles.SegmentationReason, NameDoubt.None));
        else
            item.Add(path, kind, layout, convention);
    }

    private void Leave(NamedFile file) => _others.Add((file.Path, file.Name.Reason, file.Name.Doubt));

    // A label alone is no case.
    private bool Leave(FoundCase item)
    {
        foreach (LayoutPath path in item.TakeFiles())
            LeaveLabel(path);
        return true;
    }

    private void LeaveLabel(LayoutPath path) => _others.Add(OwnFiles.IsSegmentation(path.Path)
        ? (path, OwnFiles.SegmentationReason, NameDoubt.None)
        : (path, "a label without a scan", NameDoubt.Label));

    private void AddHome(string home, NamedFile[] files)
    {
        files = DoubtT1(home, files);
        if (!files.Any(file => file.Name.IsScan))
        {
            AddWithoutScan(home, files);
            return;
        }

        NamedFile[] bids = [.. files.Where(file => BidsName.Parse(file.Path.Stem) is not null)];
        foreach (IGrouping<string, NamedFile> subject in bids.GroupBy(
            file => BidsName.Parse(file.Path.Stem)!.CaseId, StringComparer.Ordinal))
            AddOne(CaseOf(subject.Key, home), subject, "BIDS");
        NamedFile[] rest = [.. files.Except(bids)];
        if (!rest.Any(file => file.Name.IsScan))
            Array.ForEach(rest, Leave);
        else if (AreEndings(rest))
            AddByEnding(home, rest);
        else if (IsFolderPerScan(rest))
            AddByStem(home, rest);
        else
            AddOne(CaseOf(CaseFolderName.Of(home, root), home), rest, "folder of one patient");
    }

    private void AddWithoutScan(string home, NamedFile[] files)
    {
        _looseLabels.AddRange(files.Where(file => file.Name.Kind == FileKind.Label));
        NamedFile[] doubtful = [.. files.Where(file => file.Name.Doubt == NameDoubt.Scan)];
        if (doubtful.Length > 0)
        {
            FoundCase item = CaseOf(CaseFolderName.Of(home, root), home);
            item.Folders.UnionWith(files.Select(file => file.Path.Folder));
            item.AddProblem(
                string.Join(' ', doubtful.Select(file => $"{file.Path.Path}: {file.Name.Reason}.")) + " No other file of the case "
                    + "is clearly a scan. Rename the file, or list the files in a manifest.");
        }

        foreach (NamedFile file in files.Where(file => file.Name.Kind is null))
            Leave(file);
    }

    // A folder "post" or "gd" may say of a single T1 what its name does not.
    private NamedFile[] DoubtT1(string home, NamedFile[] files)
    {
        IReadOnlyList<NameWord> words = NameWords.Of(CaseFolderName.NameOf(home));
        bool isOnlyTime = home != root
            && words.Count > 0
            && words.All(word => word.Meaning is WordMeaning.Post or WordMeaning.Contrast or WordMeaning.With);
        return !isOnlyTime || files.Any(file => file.Name.Kind == FileKind.T1ce)
            ? files
            :
            [
                .. files.Select(file => file.Name.Kind != FileKind.T1 ? file : file with
                {
                    Name = new(null, $"its folder '{CaseFolderName.NameOf(home)}' may mean contrast agent", NameDoubt.Scan),
                }),
            ];
    }

    private void AddOne(FoundCase item, IEnumerable<NamedFile> files, string layout)
    {
        foreach (NamedFile file in files)
        {
            item.Folders.Add(file.Path.Folder);
            if (file.Name.Kind is { } kind)
                Put(item, file.Path, kind, layout, PublicConvention(item.CaseId));
            else
                Leave(file);
        }

        if (!item.HasScan)
            item.AddProblem($"{item.Home}: no file of the case is clearly a scan. Rename the files, or list them in a manifest.");
    }

    // UPENN-GBM and UCSF-PDGM write their labels as BraTS did until 2021 (values 0, 1, 2, 4).
    private static LabelConvention? PublicConvention(string caseId) =>
        caseId.StartsWith("UPENN-GBM-", StringComparison.Ordinal) || caseId.StartsWith("UCSF-PDGM-", StringComparison.Ordinal)
            ? LabelConvention.BraTS2018
            : null;

    // Where one name is left over, the folder only looks like a BraTS folder: taking anna_t1 and anna_t2 but not anna_t1c would lose a
    // scan. But a folder of several patients stays one, whatever one of them is called.
    private static bool AreEndings(NamedFile[] files)
    {
        LayoutFile[] scans =
        [
            .. files.Select(file => EndingOf(file, files)).OfType<LayoutFile>().Where(file => file.Kind != FileKind.Label),
        ];
        return scans.GroupBy(file => file.Kind).Any(kind => kind.DistinctBy(file => file.CaseId).Skip(1).Any())
            || files
                .Where(file => file.Name.Kind is not null || file.Name.Doubt == NameDoubt.Scan)
                .All(file => EndingOf(file, files) is not null);
    }

    private void AddByEnding(string home, NamedFile[] files)
    {
        List<NamedFile> strange = [];
        foreach (NamedFile file in files)
        {
            if (EndingOf(file, files) is { } read)
                Put(CaseOf(read.CaseId, home), file.Path, read.Kind, read.Layout, read.Convention);
            else if (file.Name.IsScan || file.Name.Doubt == NameDoubt.Scan)
                strange.Add(file);
            else
                Leave(file);
        }

        string[] known = [.. _cases.Where(item => item.Home == home && item.HasScan).Select(item => item.CaseId)];
        foreach (NamedFile file in strange)
        {
            string reason = file.Name.IsScan ? $"named otherwise than the files beside it ({file.Name.Kind})" : file.Name.Reason;
            if (Array.Exists(known, id => file.Path.Stem.StartsWith(id, StringComparison.OrdinalIgnoreCase)))
                _others.Add((file.Path, reason, NameDoubt.Scan));
            else
                CaseOf(KnownLayouts.ReadAny(file.Path)?.CaseId ?? file.Path.Stem, home).AddProblem(
                    $"{file.Path.Path}: {reason}. No other file of the case is clearly a scan. Rename the file, or list the files in a "
                    + "manifest.");
        }
    }

    // t1/anna.nii.gz, t1/bob.nii.gz, t2/anna.nii.gz: only the folders name the scans, and each holds several patients.
    private static bool IsFolderPerScan(NamedFile[] files)
    {
        NamedFile[] scans = [.. files.Where(file => file.Name.IsScan)];
        return scans.All(file => !file.Own.SaysSomething) && scans.DistinctBy(file => file.Name.Kind).Count() < scans.Length;
    }

    private void AddByStem(string home, NamedFile[] files)
    {
        foreach (NamedFile file in files)
        {
            if (file.Name.Kind is { } kind)
                Put(CaseOf(file.Path.Stem, home), file.Path, kind, "folder of one scan", null);
            else
                Leave(file);
        }
    }

    // <case>_t1, <case>-t1n: the ending must be all that the name says. A word for contrast agent before it belongs to the case only where
    // the T1 with contrast agent lies beside.
    private static LayoutFile? EndingOf(NamedFile file, NamedFile[] beside)
    {
        if (KnownLayouts.ReadAny(file.Path) is not { } read)
            return null;
        if (file.Name.Kind == read.Kind)
            return read;
        bool isAgentOnly = (file.Name.Doubt == NameDoubt.Scan || file.Name.Kind == FileKind.T1ce)
            && !ScanName.Read(read.CaseId).SaysSomething;
        return isAgentOnly && Has(FileKind.T1) && Has(FileKind.T1ce) ? read : null;

        bool Has(FileKind kind) => beside.Any(other =>
            KnownLayouts.ReadAny(other.Path) is { } one && one.CaseId == read.CaseId && one.Kind == kind);
    }

    // BraTS 2020, case 355: W39_1998.09.19_Segm.nii.
    private void AddOddLabel(NamedFile[] files)
    {
        FoundCase[] here = [.. _cases.Where(item => item.Folders.Contains(files[0].Path.Folder))];
        NamedFile[] labels = [.. files.Where(file => file.Name.Kind == FileKind.Label)];
        if (here is [{ HasLabel: false } only] && labels is [var label])
        {
            only.AddLabel(label.Path, OwnFiles.IsSegmentation(label.Path.Path) ? OwnFiles.SegmentationReason : null);
            files = [.. files.Except(labels)];
        }

        foreach (NamedFile file in files)
        {
            _others.Add((
                file.Path,
                file.Name.Kind is null ? file.Name.Reason : "beside the files of a challenge, with another name",
                file.Name.Kind == FileKind.Label ? NameDoubt.Label : file.Name.IsScan ? NameDoubt.Scan : file.Name.Doubt));
        }
    }

    // What programs made of a case, in folders below it: DeepBraTumIA-segmentation/atlas/skull_strip/ct1_skull_strip.nii.gz.
    private void DropDerived()
    {
        HashSet<string> homes = _cases.Where(item => item.HasScan).Select(item => item.Home).ToHashSet(StringComparer.Ordinal);
        foreach (FoundCase item in _cases.Where(item => item.Home.Length > 0).ToArray())
        {
            string? above = Path.GetDirectoryName(item.Home);
            bool isDerived = IsDerived(item.Home);
            while (above is not null && above.Length >= root.Length && !homes.Contains(above))
            {
                isDerived |= IsDerived(above);
                above = above == root ? null : Path.GetDirectoryName(above);
            }

            if (!isDerived || above is null || above.Length < root.Length)
                continue;
            _cases.Remove(item);
            foreach (LayoutPath path in item.TakeFiles())
                _others.Add((path, "below the folder of the case, in one of results", NameDoubt.None));
        }
    }

    private static bool IsDerived(string folder)
    {
        string name = CaseFolderName.NameOf(folder);
        return CaseFolderName.IsForm(name)
            || NameWords.Of(name).Any(word => word.Meaning is WordMeaning.Label or WordMeaning.Machine or WordMeaning.Mask);
    }

    // UPENN-GBM: images_segm/UPENN-GBM-00001_11_segm.nii.gz, apart from the scans.
    private void AddLooseLabels()
    {
        foreach (NamedFile label in _looseLabels)
        {
            FoundCase[] owners =
            [
                .. _cases.Where(item => item.HasScan && !item.HasLabel && label.Path.Stem.StartsWith(item.CaseId, StringComparison.Ordinal)
                    && (label.Path.Stem.Length == item.CaseId.Length || !char.IsLetterOrDigit(label.Path.Stem[item.CaseId.Length]))),
            ];
            if (owners is [var owner] && _looseLabels.Count(other => other.Path.Stem == label.Path.Stem) == 1)
                owner.AddLabel(label.Path, OwnFiles.IsSegmentation(label.Path.Path) ? OwnFiles.SegmentationReason : null);
            else
                LeaveLabel(label.Path);
        }
    }

    // Files are written under the name of a case; not every file system tells capitals or the spellings of an accent apart.
    private void FindMeetingNames()
    {
        foreach (IGrouping<string, FoundCase> same in _cases
            .GroupBy(item => item.CaseId.Normalize(NormalizationForm.FormC), StringComparer.OrdinalIgnoreCase)
            .Where(group => group.Skip(1).Any())
            .ToArray())
        {
            foreach (FoundCase item in same)
            {
                FoundCase other = same.First(one => one != item);
                item.AddProblem(
                    $"{Place(item)}: the name of the case, '{item.CaseId}', is also that of {Place(other)}; each case needs a name of "
                        + "its own, capitals do not count. Rename one of the folders, or list the files in a manifest.");
            }
        }
    }

    private static string Place(FoundCase item) => item.Home.Length > 0 ? item.Home : item.SomePath;

    private void AssignOthers()
    {
        ILookup<string, FoundCase> byFolder = _cases
            .SelectMany(item => item.Folders.Append(item.Home).Distinct().Select(folder => (folder, item)))
            .ToLookup(pair => pair.folder, pair => pair.item, StringComparer.Ordinal);
        foreach ((LayoutPath path, string reason, NameDoubt doubt) in _others)
        {
            if (OwnerOf(path, byFolder) is { } owner)
                owner.AddUnused(path, reason, doubt);
            else
                _unassigned.Add(new(path.Path, reason, doubt));
        }
    }

    private FoundCase? OwnerOf(LayoutPath path, ILookup<string, FoundCase> byFolder)
    {
        for (string? folder = path.Folder; folder is not null && folder.Length >= root.Length; folder = Path.GetDirectoryName(folder))
        {
            FoundCase[] cases = [.. byFolder[folder]];
            FoundCase? named = cases.Where(item => path.Stem.StartsWith(item.CaseId, StringComparison.OrdinalIgnoreCase))
                .MaxBy(item => item.CaseId.Length);
            if (named is not null || cases.Length == 1)
                return named ?? cases[0];
            if (cases.Length > 1)
                return null;
        }

        return null;
    }
}
