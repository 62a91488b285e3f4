using System.Text.RegularExpressions;

namespace Smml.MLNet.Layouts;

/// <summary>BRATS 2012: <c>BRATS_HG0015/BRATS_HG0015_T1C.mha</c>.</summary>
internal static partial class Names2012
{
    public static FileEndings Endings { get; } = new('_', "FLAIR", "T1C", "T1", "T2", "truth");

    public static LayoutFile? Read(LayoutPath path) =>
        Endings.Split(path.Stem) is var (caseId, kind) && CaseName().IsMatch(caseId)
            ? new("BRATS 2012", caseId, kind, LabelConvention.BraTS2012)
            : null;

    [GeneratedRegex("^BRATS_[HL]G[0-9]{4}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex CaseName();
}
