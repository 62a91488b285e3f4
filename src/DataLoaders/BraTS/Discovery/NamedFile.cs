using Smml.MLNet.Layouts;
using Smml.MLNet.ScanNames;

namespace Smml.MLNet.Discovery;

/// <summary>A volume file that no challenge names, with what its name and the folder of its scan say.</summary>
/// <param name="Path">The file.</param>
/// <param name="Own">What its own name says.</param>
/// <param name="Name">What its name says together with the folder of its scan (<c>2_T1GD/NIFTI</c>).</param>
/// <param name="Home">The folder of its patient.</param>
internal sealed record NamedFile(LayoutPath Path, ScanName Own, ScanName Name, string Home)
{
    private const int FoldersToLook = 4;

    /// <summary>Reads the files of one folder.</summary>
    /// <param name="files">All volume files of the folder that no challenge names.</param>
    /// <param name="root">The folder that was asked for.</param>
    public static IEnumerable<NamedFile> Read(IReadOnlyList<LayoutPath> files, string root)
    {
        ScanName[] own = [.. files.Select(file => ScanName.Read(Words(file)))];
        (string home, string scan) = HomeOf(files[0].Folder, root, own);
        FileKind? said = ScanName.Read(scan).Kind;
        return files.Select((file, i) => new NamedFile(
            file, own[i], scan.Length == 0 || (said is not null && said == own[i].Kind) ? own[i] : ScanName.Read(Words(file), scan), home));
    }

    private static string Words(LayoutPath file) =>
        BidsName.Parse(file.Stem) is null ? PatientWords.Without(file.Stem, file.Folders.Take(FoldersToLook)) : file.Stem;

    // A folder a scan: anna/T1/scan.nii, EGD-0001/2_T1GD/NIFTI/T1GD.nii.gz. A folder whose files are several scans is a patient's, whatever
    // its name.
    private static (string Home, string Scan) HomeOf(string folder, string root, ScanName[] files)
    {
        string at = folder;
        while (at != root && CaseFolderName.IsForm(CaseFolderName.NameOf(at)))
            at = System.IO.Path.GetDirectoryName(at)!;
        if (at == root || files.Where(file => file.IsScan).Select(file => file.Kind).Distinct().Skip(1).Any())
            return (folder, "");
        string name = CaseFolderName.NameOf(at);
        return ScanName.Read(name).SaysSomething ? (System.IO.Path.GetDirectoryName(at)!, name) : (folder, "");
    }
}
