using Smml.MLNet.Cases;
using Smml.MLNet.Discovery;
using Smml.MLNet.Layouts;
using Smml.MLNet.Manifests;
using Smml.MLNet.Tables;
using Smml.MLNet.VolumeFiles;

namespace Smml.MLNet;

/// <summary>Finds the cases of a BraTS folder and keeps lists of them.</summary>
public static class BraTSDataset
{
    private const int MostNotes = 5;

    /// <summary>Finds every case below a folder, at any depth, by the names of its files and folders. Of images only the header of one file
    /// of each case is read, to recognise what this library itself wrote.</summary>
    /// <remarks>
    /// <para>Understood are BRATS 2012 and 2013, BraTS 2015, 2017 to 2021, 2023 and 2024 (GLI, MEN, MET, PED, SSA), Task01 of the Medical
    /// Segmentation Decathlon (a path ends in <c>#0</c> to <c>#3</c>: a volume of a four-dimensional file), and folders of one patient
    /// whose files are named after their sequences; <c>docs/layouts.md</c> has the table. Files are <c>.nii</c>, <c>.nii.gz</c>,
    /// <c>.mha</c>, <c>.mhd</c> or <c>.hdr</c>, upper and lower case alike.</para>
    /// <para>The layout says what label values mean. Where it does not (a hospital's folder, BraTS PED without a year in a folder's name),
    /// <see cref="BraTSCase.LabelConvention"/> is empty. Layouts may be mixed as long as the names of cases differ. Any file of a case may
    /// be missing, but not all its scans. A label of another name is taken when its folder holds one case and one other file whose name
    /// is that of a label (BraTS 2020, case 355).</para>
    /// <para>What is wrong with the files of a case (two files for one scan, a name that several cases have, a folder that cannot be
    /// opened) is its <see cref="BraTSCase.Problem"/>; the other cases are not touched. Volume files of a case that are not used are in
    /// <see cref="BraTSCase.UnusedFiles"/>, everything else that was not read in <see cref="BraTSCaseList.Notes"/>.</para>
    /// </remarks>
    /// <param name="folder">The folder; the paths of the result begin with it.</param>
    /// <returns>At least one case, sorted by <see cref="BraTSCase.CaseId"/> (ordinal).</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be opened.</exception>
    /// <exception cref="InvalidDataException">There is no case in it.</exception>
    public static BraTSCaseList Find(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{folder}: there is no such folder. Give the folder that holds the cases.");
        // as the paths below it will name it: without a separator at its end, with single ones inside
        string root = Path.GetDirectoryName(Path.Combine(folder, "case"))!;
        return Collect(root, FolderWalk.Of(root));
    }

    /// <summary>Puts the files of a folder together to cases.</summary>
    internal static BraTSCaseList Collect(string folder, FolderWalk walk)
    {
        CaseCollector collector = new(folder);
        IReadOnlyList<FoundCase> found = collector.Collect(walk.Files.Select(LayoutPath.Of).OfType<LayoutPath>());
        CaseGrades grades = new(walk.Files);
        List<BraTSCase> rows = [.. found.Select(item => item.ToRow(grades))];
        List<string> notes = [.. walk.Notes];
        LeaveOutPhantoms(rows, notes);
        rows.AddRange(walk.Closed.Select(closed => Closed(closed.Folder, closed.Reason, folder)));
        notes.AddRange(collector.Unassigned.Select(file => $"{file.Path}: not used{(file.Reason.Length > 0 ? ", " + file.Reason : "")}."));
        return rows.Count > 0
            ? new(rows.OrderBy(row => row.CaseId, StringComparer.Ordinal), notes)
            : throw new InvalidDataException(
                $"{folder}: found no case ({collector.Unassigned.Count} other volume files), looked in it and below for "
                    + $"{KnownLayouts.Patterns}. Give the folder that holds the cases, or list the files in a manifest."
                    + string.Concat(notes.Take(MostNotes).Select(note => " " + note)));
    }

    /// <summary>Writes a list of cases as comma-separated values (UTF-8) with a header, which
    /// <see cref="BraTSDataExtensions.CreateBraTSManifestLoader(Microsoft.ML.DataOperationsCatalog)"/> reads. A blank cell is a missing
    /// file.</summary>
    /// <param name="path">The file; a manifest that is there is replaced.</param>
    /// <param name="cases">The cases; their paths are written as they are, relative ones stay relative to the current folder.</param>
    /// <exception cref="ArgumentException">A cell holds a line break.</exception>
    /// <exception cref="IOException">The file is there and is no manifest, its name is that of a volume, or it cannot be
    /// written.</exception>
    public static void WriteManifest(string path, IEnumerable<BraTSCase> cases)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(cases);
        TableFile.Write(
            path,
            ManifestHeader.Default.Names,
            cases.Select(item => BraTSCaseDataView.Columns.Select(column => OneLine(column.Get(item) ?? ""))));
    }

    // A folder that cannot be opened may hold a patient: it must not be missing without a word.
    private static BraTSCase Closed(string closed, string reason, string root) => new()
    {
        CaseId = CaseFolderName.Of(closed, root),
        Problem = $"{closed}: {reason}, expected the files of a case. Give this user the right to open it, or move it away.",
    };

    // Phantoms are for first steps and tests. Beside real cases they would be trained on and scored as patients.
    private static void LeaveOutPhantoms(List<BraTSCase> rows, List<string> notes)
    {
        BraTSCase[] phantoms = [.. rows.Where(row => Paths(row).Take(1).Any(OwnFiles.IsPhantom))];
        // a file of a phantom may be damaged: all its files say no before it counts as a real case
        if (phantoms.Length > 0)
            phantoms = [.. phantoms, .. rows.Except(phantoms).Where(row => Paths(row).Skip(1).Any(OwnFiles.IsPhantom))];
        if (phantoms.Length == 0 || rows.Except(phantoms).All(row => !Paths(row).Any()))
            return;
        rows.RemoveAll(phantoms.Contains);
        notes.Add($"{phantoms.Length} phantom{(phantoms.Length == 1 ? "" : "s")} beside other cases left out: "
            + $"{string.Join(", ", phantoms.Take(MostNotes).Select(row => row.CaseId))}{(phantoms.Length > MostNotes ? ", ..." : "")}. "
            + "To use both, list the files in a manifest.");
    }

    private static IEnumerable<string> Paths(BraTSCase row) =>
        row.Modalities.Select(row.PathOf).Prepend(row.LabelPath).Where(path => path.Length > 0);

    private static string OneLine(string cell) => cell.AsSpan().ContainsAny('\n', '\r')
        ? throw new ArgumentException($"'{cell}': found a line break in a name, expected none. Rename the file.", nameof(cell))
        : cell;
}
