namespace Smml.MLNet;

/// <summary>What a file's name says under the naming of the BraTS challenges: the case, and which of its five files it is.</summary>
/// <param name="CaseId">The name of the case.</param>
/// <param name="Kind">A modality, or null for the label.</param>
/// <param name="Convention">The label convention that goes with the naming.</param>
internal sealed record BraTSFileName(string CaseId, Modality? Kind, LabelConvention Convention)
{
    /// <summary>The names that are understood, for messages.</summary>
    public const string Patterns = "<case>_{flair,t1,t1ce,t2,seg}.nii[.gz] (BraTS 2018 to 2021) or <case>-{t2f,t1n,t1c,t2w,seg}.nii[.gz] (BraTS 2023)";

    /// <summary>Reads a name; null when it is none of <see cref="Patterns"/>. Upper and lower case do not matter.</summary>
    public static BraTSFileName? Parse(string fileName)
    {
        if (RemoveExtension(fileName) is not { } stem)
            return null;
        int at = stem.LastIndexOfAny(['_', '-']);
        if (at < 1)
            return null;
        LabelConvention convention = stem[at] == '_' ? LabelConvention.BraTS2018 : LabelConvention.BraTS2023;
        (bool isKnown, Modality? kind) = (convention == LabelConvention.BraTS2018, stem[(at + 1)..].ToUpperInvariant()) switch
        {
            (_, "SEG") => (true, null),
            (true, "FLAIR") or (false, "T2F") => (true, Modality.Flair),
            (true, "T1CE") or (false, "T1C") => (true, Modality.T1ce),
            (true, "T1") or (false, "T1N") => (true, Modality.T1),
            (true, "T2") or (false, "T2W") => (true, (Modality?)Modality.T2),
            _ => (false, null),
        };
        return isKnown ? new(stem[..at], kind, convention) : null;
    }

    /// <summary>The name less <c>.nii</c> or <c>.nii.gz</c>; null when it ends otherwise.</summary>
    public static string? RemoveExtension(string fileName)
    {
        foreach (string extension in new[] { ".nii.gz", ".nii" })
        {
            if (fileName.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
                return fileName[..^extension.Length];
        }

        return null;
    }

    /// <summary>The name of one file of a case.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="kind">A modality, or null for the label.</param>
    /// <param name="convention"><see cref="LabelConvention.BraTS2023"/> for the names of 2023, any other for those of 2018.</param>
    public static string Format(string caseId, Modality? kind, LabelConvention convention) => convention == LabelConvention.BraTS2023
        ? $"{caseId}-{kind switch { Modality.Flair => "t2f", Modality.T1ce => "t1c", Modality.T1 => "t1n", Modality.T2 => "t2w", _ => "seg" }}.nii.gz"
        : $"{caseId}_{kind switch { Modality.Flair => "flair", Modality.T1ce => "t1ce", Modality.T1 => "t1", Modality.T2 => "t2", _ => "seg" }}.nii.gz";
}
