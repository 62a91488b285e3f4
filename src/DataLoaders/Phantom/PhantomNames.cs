using System.Globalization;
using Smml.MLNet.Layouts;

namespace Smml.MLNet.Phantom;

/// <summary>The paths of the files of phantoms in one layout.</summary>
internal sealed class PhantomNames
{
    private readonly string _caseFormat, _extension;
    private readonly FileEndings? _endings;

    public PhantomNames(PhantomOptions options)
    {
        bool isPlain2023 = options.Layout == PhantomLayout.Plain && options.Labels == LabelConvention.BraTS2023;
        (string, FileEndings?) names = options.Layout switch
        {
            PhantomLayout.BraTS2018 => ("Brats18_PHA_{0}_1", Names2017.Endings),
            PhantomLayout.BraTS2020 => ("BraTS20_Training_{0:000}", Names2017.Endings),
            PhantomLayout.BraTS2021 => ("BraTS2021_{0:00000}", Names2017.Endings),
            PhantomLayout.BraTS2023 => ("BraTS-GLI-{0:00000}-000", Names2023.Endings),
            PhantomLayout.BraTS2024 => ("BraTS-GLI-{0:00000}-100", Names2023.Endings),
            PhantomLayout.MsdTask01 => ("BRATS_{0:000}", null),
            _ => isPlain2023 ? ("Phantom-{0:0000}", Names2023.Endings) : ("Phantom_{0:0000}", Names2017.Endings),
        };
        (_caseFormat, _endings) = names;
        _extension = options.Compress ? ".nii.gz" : ".nii";
    }

    /// <summary>The label values that go with a layout.</summary>
    public static LabelConvention ConventionOf(PhantomLayout layout) => layout switch
    {
        PhantomLayout.BraTS2023 => LabelConvention.BraTS2023,
        PhantomLayout.BraTS2024 => LabelConvention.BraTS2024,
        PhantomLayout.MsdTask01 => LabelConvention.MsdTask01,
        _ => LabelConvention.BraTS2018,
    };

    /// <summary>The name of a case.</summary>
    /// <param name="index">Which, counted from 0.</param>
    public string CaseId(int index) => string.Format(CultureInfo.InvariantCulture, _caseFormat, index + 1);

    /// <summary>Whether the four scans of a case are one file.</summary>
    public bool IsOneFile => _endings is null;

    /// <summary>The path of a file, below the folder of the data set.</summary>
    public string PathOf(string caseId, FileKind kind) => (_endings is null
        ? Path.Combine(kind == FileKind.Label ? DecathlonNames.Labels : DecathlonNames.Images, caseId)
        : Path.Combine(caseId, _endings.Join(caseId, kind))) + _extension;
}
