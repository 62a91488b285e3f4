using System.Text.RegularExpressions;

namespace Smml.MLNet.Layouts;

/// <summary>BRATS 2013 and BraTS 2015 as the Virtual Skeleton Database named them: <c>VSD.Brain.XX.O.MR_Flair.684.mha</c> in a folder of
/// its own or in that of the patient; the number differs from file to file, so the patient's folder names the case.</summary>
/// <remarks>2013: <c>Image_Data/HG/0001/...</c>, case <c>HG_0001</c>. 2015: <c>HGG/brats_tcia_pat118_0001/...</c>.
/// Both years have the same five classes.</remarks>
internal static partial class VsdNames
{
    public static LayoutFile? Read(LayoutPath path)
    {
        if (FileName().Match(path.Stem) is not { Success: true } match)
            return null;
        FileKind kind = match.Groups["kind"].Value.ToUpperInvariant() switch
        {
            "MR_FLAIR" => FileKind.Flair,
            "MR_T1C" => FileKind.T1ce,
            "MR_T1" => FileKind.T1,
            "MR_T2" => FileKind.T2,
            _ => FileKind.Label,
        };
        int patient = path.FolderAt(0).StartsWith("VSD.Brain", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        string name = path.FolderAt(patient), group = path.FolderAt(patient + 1);
        if (Patient2015().IsMatch(name))
            return new("BraTS 2015", name, kind, LabelConvention.BraTS2015);
        if (Patient2013().IsMatch(name) && Grade2013().IsMatch(group))
            return new("BRATS 2013", $"{group}_{name}", kind, LabelConvention.BraTS2015);
        return new("VSD, year unknown", name, kind, path.Year is 2013 or 2015 ? LabelConvention.BraTS2015 : null);
    }

    [GeneratedRegex(
        @"^VSD\.Brain(_3more)?\.(.*\.)?(?<kind>MR_Flair|MR_T1c|MR_T1|MR_T2|OT)(\.[0-9]+)?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex FileName();

    [GeneratedRegex(
        "^brats_(2013|tcia)_pat[0-9]+_[0-9]+$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Patient2015();

    [GeneratedRegex("^[0-9]{4}$", RegexOptions.CultureInvariant)]
    private static partial Regex Patient2013();

    [GeneratedRegex("^[HL]GG?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Grade2013();
}
