namespace Smml.MLNet.Layouts;

/// <summary>What a layout reads out of a path.</summary>
/// <param name="Layout">The name of the layout, for reports: <c>BraTS 2023 (GLI)</c>.</param>
/// <param name="CaseId">The name of the case.</param>
/// <param name="Kind">Which of the case's files it is.</param>
/// <param name="Convention">The meaning of the label values; null where the name does not tell.</param>
internal sealed record LayoutFile(string Layout, string CaseId, FileKind Kind, LabelConvention? Convention);

/// <summary>The files of a case.</summary>
internal enum FileKind
{
    /// <summary>The scan <see cref="Modality.Flair"/>.</summary>
    Flair = Modality.Flair,

    /// <summary>The scan <see cref="Modality.T1ce"/>.</summary>
    T1ce = Modality.T1ce,

    /// <summary>The scan <see cref="Modality.T1"/>.</summary>
    T1 = Modality.T1,

    /// <summary>The scan <see cref="Modality.T2"/>.</summary>
    T2 = Modality.T2,

    /// <summary>The expert segmentation.</summary>
    Label,

    /// <summary>All four scans in one four-dimensional file.</summary>
    AllScans,
}
