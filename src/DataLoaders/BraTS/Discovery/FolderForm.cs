using Smml.MLNet.Layouts;
using Smml.MLNet.ScanNames;

namespace Smml.MLNet.Discovery;

/// <summary>Tells how the files of a folder name their cases.</summary>
internal static class FolderForm
{
    /// <summary>Whether the names end as in BraTS behind the name of a case: <c>&lt;case&gt;_t1</c>, <c>&lt;case&gt;-t1n</c>.</summary>
    /// <remarks>Where one name is left over, the folder only looks like a BraTS folder: taking anna_t1 and anna_t2 but not anna_t1c would
    /// lose a scan. But a folder of several patients stays one, whatever one of them is called.</remarks>
    public static bool IsByEnding(NamedFile[] files)
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

    /// <summary>What the ending of a name says; null unless it is all that the name says.</summary>
    /// <remarks>A word for contrast agent before the ending belongs to the case only where the T1 with contrast agent lies
    /// beside.</remarks>
    /// <param name="file">The file.</param>
    /// <param name="beside">All files of the folder.</param>
    public static LayoutFile? EndingOf(NamedFile file, NamedFile[] beside)
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

    /// <summary>Whether only the folders name the scans, and each holds several patients: <c>t1/anna.nii.gz</c>, <c>t1/bob.nii.gz</c>,
    /// <c>t2/anna.nii.gz</c>.</summary>
    public static bool IsFolderPerScan(NamedFile[] files)
    {
        NamedFile[] scans = [.. files.Where(file => file.Name.IsScan)];
        return scans.All(file => !file.Own.SaysSomething) && scans.DistinctBy(file => file.Name.Kind).Count() < scans.Length;
    }

    /// <summary>A folder <c>post</c> or <c>gd</c> may say of a single T1 what its name does not: then the scan is doubtful.</summary>
    public static NamedFile[] DoubtT1(string folder, NamedFile[] files)
    {
        IReadOnlyList<NameWord> words = NameWords.Of(folder);
        bool isOnlyAgent = words.Count > 0
            && words.All(word => word.Meaning is WordMeaning.Post or WordMeaning.Contrast or WordMeaning.With);
        return !isOnlyAgent || files.Any(file => file.Name.Kind == FileKind.T1ce)
            ? files
            :
            [
                .. files.Select(file => file.Name.Kind != FileKind.T1 ? file : file with
                {
                    Name = new(null, $"its folder '{folder}' may mean contrast agent", NameDoubt.Scan),
                }),
            ];
    }
}
