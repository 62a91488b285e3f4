using System.Text.RegularExpressions;

namespace Smml.MLNet.Discovery;

/// <summary>Names a case after its folder. A folder that only says when or in which form (<c>week-012</c>, <c>ses-01</c>, <c>anat</c>)
/// would give many cases one name, so the folder above comes before it.</summary>
internal static partial class CaseFolderName
{
    /// <summary>The name of the case in a folder.</summary>
    /// <param name="folder">The folder of the case.</param>
    /// <param name="root">The folder that was asked for; no name comes from above it.</param>
    public static string Of(string folder, string root)
    {
        string name = NameOf(folder);
        if (folder == root || Path.GetDirectoryName(folder) is not { } parent || parent == root)
            return name;
        return IsForm(name) ? Of(parent, root)
            : Time().IsMatch(name) ? $"{Of(parent, root)}_{name}"
            : name;
    }

    /// <summary>Whether a folder only says in which form its files are.</summary>
    public static bool IsForm(string name) => Form().IsMatch(name);

    /// <summary>The name of a folder, also of one that is given as <c>.</c> or with a separator at its end.</summary>
    public static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    [GeneratedRegex(
        "^(anat|nifti|nii|nifti[-_]?files|mri|mr|images?|scans?|files|resources|raw|(pre[-_]?)?processed|(co[-_]?)?registered|"
        + "skull[-_]?strip(ped)?|stripped|native|atlas|output|derivatives)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();

    // A date of eight digits must be one: patients have numbers, too.
    [GeneratedRegex(
        "^((week|wk|ses|session|tp|time[-_ ]?point|time|visit|v|scan|exam|study|day|month|year|fu|follow[-_ ]?up|t)[-_ ]?[0-9]+([-_ ].*)?|"
        + "ses-.*|baseline|bl|initial|follow[-_ ]?up|(pre|post|intra)([-_ ]?(op|operative|surgery|treatment|rt|contrast))?|"
        + "(19|20)[0-9]{2}[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12][0-9]|3[01])([-_ T].*)?)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Time();
}
