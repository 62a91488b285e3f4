using Smml.MLNet.Cases;
using Smml.MLNet.Layouts;
using Smml.MLNet.Manifests;
using Smml.MLNet.Tables;

namespace Smml.MLNet;

/// <summary>Finds the cases of a BraTS folder and keeps lists of them.</summary>
public static class BraTSDataset
{
    /// <summary>Finds every case below a folder, at any depth, by the names of its files and folders. No image is opened.</summary>
    /// <remarks>
    /// <para>Understood are BRATS 2012 and 2013, BraTS 2015, 2017 to 2021, 2023 and 2024 (GLI, MEN, MET, PED, SSA), Task01 of the Medical
    /// Segmentation Decathlon (a path ends in <c>#0</c> to <c>#3</c>: a volume of a four-dimensional file), and folders of one patient
    /// whose files are named after their sequences; <c>docs/layouts.md</c> has the table. Files are <c>.nii</c>, <c>.nii.gz</c>,
    /// <c>.mha</c>, <c>.mhd</c> or <c>.hdr</c>, upper and lower case alike.</para>
    /// <para>The layout says what label values mean. Where it does not (a hospital's folder, BraTS PED without a year in a folder's name),
    /// <see cref="BraTSCase.LabelConvention"/> is empty. Layouts may be mixed as long as the names of cases differ. Any file of a case may
    /// be missing, but not all its scans. A label of another name is taken when its folder holds one case and one other file with
    /// <c>seg</c> in its name (BraTS 2020, case 355).</para>
    /// </remarks>
    /// <param name="folder">The folder; the paths of the result begin with it.</param>
    /// <returns>At least one case, sorted by <see cref="BraTSCase.CaseId"/> (ordinal).</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There is no case in it, a case has two files for one modality, or a name can mean two
    /// modalities.</exception>
    public static BraTSCaseList Find(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{folder}: there is no such folder. Give the folder that holds the cases.");
        CaseCollector collector = new(new(folder));
        collector.Add(Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true })
            .Order(StringComparer.Ordinal).Select(LayoutPath.Of).OfType<LayoutPath>());
        return collector.Cases is { Count: > 0 } cases
            ? new(cases)
            : throw new InvalidDataException(
                $"{folder}: found no case ({collector.OtherCount} other volume files), looked in it and below for {KnownLayouts.Patterns}. "
                    + "Give the folder that holds the cases, or list the files in a manifest.");
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

    private static string OneLine(string cell) => cell.AsSpan().ContainsAny('\n', '\r')
        ? throw new ArgumentException($"'{cell}': found a line break in a name, expected none. Rename the file.", nameof(cell))
        : cell;
}
