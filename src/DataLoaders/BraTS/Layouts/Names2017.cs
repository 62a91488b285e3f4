using System.Text.RegularExpressions;

namespace Smml.MLNet.Layouts;

/// <summary>BraTS 2017 to 2021: <c>BraTS20_Training_001/BraTS20_Training_001_t1ce.nii.gz</c>.</summary>
internal static partial class Names2017
{
    public static FileEndings Endings { get; } = new('_', "flair", "t1ce", "t1", "t2", "seg");

    /// <summary>Reads the names of the challenge. The whole name of the case must be one of the challenge: a further word may say that the
    /// file is something else.</summary>
    public static LayoutFile? ReadChallenge(LayoutPath path) =>
        Endings.Split(path.Stem) is var (caseId, kind) && CaseName().Match(caseId) is { Success: true } match
            ? new($"BraTS 20{match.Groups["year"].Value[^2..]}", caseId, kind, LabelConvention.BraTS2018)
            : null;

    /// <summary>Reads the same endings behind any name.</summary>
    public static LayoutFile? ReadAny(LayoutPath path) =>
        Endings.Split(path.Stem) is var (caseId, kind) ? new("names of BraTS 2017 to 2021", caseId, kind, LabelConvention.BraTS2018) : null;

    [GeneratedRegex(
        "^BraTS((?<year>17|18|19)_[a-z0-9]+(_[a-z0-9]+)?_[0-9]+|(?<year>20)_[a-z]+_[0-9]+|(?<year>2021)_[0-9]+)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex CaseName();
}
