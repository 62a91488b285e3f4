using System.Text.RegularExpressions;

namespace Smml.MLNet.ScanNames;

/// <summary>Takes the patient's name off the beginning of a file's name, so that a patient called GD or a case called Post_007 says nothing
/// about the scan.</summary>
internal static partial class PatientWords
{
    /// <summary>The part of a name that says what the file is.</summary>
    /// <param name="stem">The name without its extension.</param>
    /// <param name="folders">The names of the folders above it, the nearest first.</param>
    public static string Without(string stem, IEnumerable<string> folders)
    {
        Match[] own = [.. Words().Matches(stem).Cast<Match>()];
        int most = folders.Select(folder => Common(own, folder)).DefaultIfEmpty().Max();
        return most == 0 ? stem : most == own.Length ? "" : stem[own[most].Index..];
    }

    // The words that a folder begins with, too, up to the first that names a scan. Words that all say something about a scan may belong
    // to it: a file T1_post in a folder T1_post.
    private static int Common(Match[] own, string folder)
    {
        string[] name = [.. Words().Matches(folder).Select(match => match.Value)];
        int count = 0;
        bool isPatient = false;
        while (count < own.Length
            && count < name.Length
            && own[count].Value.Equals(name[count], StringComparison.OrdinalIgnoreCase)
            && !NameWords.Of(own[count].Value).Any(word => word.Meaning is { } meaning && ScanVocabulary.IsScan(meaning)))
        {
            isPatient |= own[count].Value.Any(char.IsDigit) || NameWords.Of(own[count].Value).Any(word => word.Meaning is null);
            count++;
        }

        return isPatient ? count : 0;
    }

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}]+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
