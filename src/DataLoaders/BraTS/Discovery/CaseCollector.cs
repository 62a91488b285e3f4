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
    private readonly Leftovers _others = new(root);

    /// <summary>The volume files that belong to no case.</summary>
    public IReadOnlyList<UnusedFile> Unassigned => _others.Unassigned;

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
        _others.Assign(_cases);
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
            _others.Add(path, OwnFiles.SegmentationReason, NameDoubt.None);
        else
            item.Add(path, kind, layout, convention);
    }

    // A label alone is no case.
    private bool Leave(FoundCase item)
    {
        foreach (LayoutPath path in item.TakeFiles())
            _others.AddLabel(path);
        return true;
    }

    private void AddHome(string home, NamedFile[] files)
    {
        files = home == root ? files : FolderForm.DoubtT1(CaseFolderName.NameOf(home), files);
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
            Array.ForEach(rest, _others.Add);
        else if (FolderForm.IsByEnding(rest))
            AddByEnding(home, rest);
        else if (FolderForm.IsFolderPerScan(rest))
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
            _others.Add(file);
    }

    private void AddOne(FoundCase item, IEnumerable<NamedFile> files, string layout)
    {
        foreach (NamedFile file in files)
        {
            item.Folders.Add(file.Path.Folder);
            if (file.Name.Kind is { } kind)
                Put(item, file.Path, kind, layout, PublicConvention(item.CaseId));
            else
                _others.Add(file);
        }

        if (!item.HasScan)
            item.AddProblem($"{item.Home}: no file of the case is clearly a scan. Rename the files, or list them in a manifest.");
    }

    // UPENN-GBM and UCSF-PDGM write their labels as BraTS did until 2021 (values 0, 1, 2, 4).
    private static LabelConvention? PublicConvention(string caseId) =>
        caseId.StartsWith("UPENN-GBM-", StringComparison.Ordinal) || caseId.StartsWith("UCSF-PDGM-", StringComparison.Ordinal)
            ? LabelConvention.BraTS2018
            : null;

    private void AddByEnding(string home, NamedFile[] files)
    {
        List<NamedFile> strange = [];
        foreach (NamedFile file in files)
        {
            if (FolderForm.EndingOf(file, files) is { } read)
                Put(CaseOf(read.CaseId, home), file.Path, read.Kind, read.Layout, read.Convention);
            else if (file.Name.IsScan || file.Name.Doubt == NameDoubt.Scan)
                strange.Add(file);
            else
                _others.Add(file);
        }

        string[] known = [.. _cases.Where(item => item.Home == home && item.HasScan).Select(item => item.CaseId)];
        foreach (NamedFile file in strange)
        {
            string reason = file.Name.IsScan ? $"named otherwise than the files beside it ({file.Name.Kind})" : file.Name.Reason;
            if (Array.Exists(known, id => file.Path.Stem.StartsWith(id, StringComparison.OrdinalIgnoreCase)))
                _others.Add(file.Path, reason, NameDoubt.Scan);
            else
                CaseOf(KnownLayouts.ReadAny(file.Path)?.CaseId ?? file.Path.Stem, home).AddProblem(
                    $"{file.Path.Path}: {reason}. No other file of the case is clearly a scan. Rename the file, or list the files in a "
                    + "manifest.");
        }
    }

    private void AddByStem(string home, NamedFile[] files)
    {
        foreach (NamedFile file in files)
        {
            if (file.Name.Kind is { } kind)
                Put(CaseOf(file.Path.Stem, home), file.Path, kind, "folder of one scan", null);
            else
                _others.Add(file);
        }
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
            _others.Add(
                file.Path,
                file.Name.Kind is null ? file.Name.Reason : "beside the files of a challenge, with another name",
                file.Name.Kind == FileKind.Label ? NameDoubt.Label : file.Name.IsScan ? NameDoubt.Scan : file.Name.Doubt);
        }
    }

    // What programs made of a case, in folders below it: DeepBraTumIA-segmentation/atlas/skull_strip/ct1_skull_strip.nii.gz. Below the
    // folder that was asked for, "raw" or "images" may hold all patients beside a stray file: there only a name of results counts.
    private void DropDerived()
    {
        HashSet<string> homes = _cases.Where(item => item.HasScan).Select(item => item.Home).ToHashSet(StringComparer.Ordinal);
        foreach (FoundCase item in _cases.Where(item => item.Home.Length > 0 && item.Home != root).ToArray())
        {
            List<string> between = [item.Home];
            string above = Path.GetDirectoryName(item.Home)!;
            for (; above != root && !homes.Contains(above); above = Path.GetDirectoryName(above)!)
                between.Add(above);
            if (!homes.Contains(above)
                || !between.Select(CaseFolderName.NameOf).Any(name => IsResult(name) || (above != root && CaseFolderName.IsForm(name))))
                continue;
            _cases.Remove(item);
            foreach (LayoutPath path in item.TakeFiles())
                _others.Add(path, "below the folder of the case, in one of results", NameDoubt.None);
        }
    }

    private static bool IsResult(string folder) =>
        NameWords.Of(folder).Any(word => word.Meaning is WordMeaning.Label or WordMeaning.Machine or WordMeaning.Mask);

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
                _others.AddLabel(label.Path);
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
}
