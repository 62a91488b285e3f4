using System.Text.RegularExpressions;
using Smml.MLNet.VolumeFiles;

namespace Smml.MLNet.Layouts;

/// <summary>Medical Segmentation Decathlon, Task01: <c>imagesTr/BRATS_001.nii.gz</c> holds the four scans,
/// <c>labelsTr/BRATS_001.nii.gz</c> the labels.</summary>
/// <remarks>The folders alone are no proof: the nine other tasks, and three-dimensional files (<c>BRATS_001_0000.nii.gz</c>), lie in
/// folders of the same names.</remarks>
internal static partial class DecathlonNames
{
    public const string Images = "imagesTr";
    public const string Labels = "labelsTr";

    private const string Test = "imagesTs";

    private static readonly Modality[] s_order = [Modality.Flair, Modality.T1, Modality.T1ce, Modality.T2];

    /// <summary>The order of the volumes in a file (FLAIR, T1w, t1gd, T2w in the task's dataset.json).</summary>
    public static IReadOnlyList<Modality> Order => s_order;

    public static LayoutFile? Read(LayoutPath path)
    {
        if (!CaseName().IsMatch(path.Stem))
            return null;
        string folder = path.FolderAt(0);
        bool isLabel = folder.Equals(Labels, StringComparison.OrdinalIgnoreCase);
        if (!isLabel
            && !folder.Equals(Images, StringComparison.OrdinalIgnoreCase)
            && !folder.Equals(Test, StringComparison.OrdinalIgnoreCase))
            return null;
        return new("MSD Task01", path.Stem, isLabel ? FileKind.Label : FileKind.AllScans, LabelConvention.MsdTask01);
    }

    /// <summary>The path of one scan in a four-dimensional file.</summary>
    public static string PathOf(string file, Modality modality) => VolumePath.Of(file, Array.IndexOf(s_order, modality));

    [GeneratedRegex("^BRATS_[0-9]+$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex CaseName();
}
