using System.Globalization;
using System.Text.RegularExpressions;

namespace Smml.MLNet.Layouts;

/// <summary>BraTS 2023 and 2024: <c>BraTS-GLI-00005-100/BraTS-GLI-00005-100-t1c.nii.gz</c>.</summary>
/// <remarks>The names do not tell the year, and the values changed. GLI after treatment (2024) counts its time points from 100. PED changed
/// all its values in 2024, so a folder must name the year. Challenges and years that are not known here have no convention.</remarks>
internal static partial class Names2023
{
    private const int FirstTimePointAfterTreatment = 100;

    public static FileEndings Endings { get; } = new('-', "t2f", "t1c", "t1n", "t2w", "seg");

    /// <summary>Reads the names of the challenge.</summary>
    public static LayoutFile? ReadChallenge(LayoutPath path)
    {
        if (Endings.Split(path.Stem) is not var (caseId, kind) || !AnyCaseName().IsMatch(caseId))
            return null;
        Match match = CaseName().Match(caseId);
        string challenge = match.Groups["challenge"].Value.ToUpperInvariant();
        (int Year, LabelConvention Convention)? known = (challenge, path.Year) switch
        {
            (_, > 2024) => null,
            ("GLI", _) =>
                int.Parse(match.Groups["time"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) < FirstTimePointAfterTreatment
                    ? (2023, LabelConvention.BraTS2023)
                    : (2024, LabelConvention.BraTS2024),
            ("MEN" or "MET" or "SSA", _) => (2023, LabelConvention.BraTS2023),
            ("PED", 2023) => (2023, LabelConvention.BraTS2023),
            ("PED", 2024) => (2024, LabelConvention.BraTS2024Ped),
            _ => null,
        };
        string layout = known is { } one ? FormattableString.Invariant($"BraTS {one.Year}") : "BraTS, year unknown";
        return new(challenge.Length > 0 ? $"{layout} ({challenge})" : layout, caseId, kind, known?.Convention);
    }

    /// <summary>Reads the same endings behind any name.</summary>
    public static LayoutFile? ReadAny(LayoutPath path) =>
        Endings.Split(path.Stem) is var (caseId, kind) ? new("names of BraTS 2023", caseId, kind, LabelConvention.BraTS2023) : null;

    [GeneratedRegex(
        "^BraTS(-[a-z]+){1,2}(-[0-9]+){1,2}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex AnyCaseName();

    [GeneratedRegex(
        "^BraTS-(?<challenge>GLI|MEN|MET|PED|SSA)-[0-9]+-(?<time>[0-9]{3})$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex CaseName();
}
