using System.Text.RegularExpressions;

namespace Smml.MLNet.ScanNames;

/// <summary>A file name of the Brain Imaging Data Structure: <c>sub-01_ses-02_ce-gd_T1w</c>. Its entities are pairs of key and value, the
/// suffix names the kind of image (bids-specification.readthedocs.io, "Entities").</summary>
/// <param name="CaseId">Subject and session.</param>
/// <param name="Words">The words that say what the image is: the suffix, and the values of the entities that describe the image.</param>
/// <param name="Agent">What the entity <c>ce</c> says; null without one.</param>
internal sealed partial record BidsName(string CaseId, string Words, WordMeaning? Agent)
{
    // Who, when and how often: their values are free words that say nothing about the image.
    private static readonly string[] s_free = ["sub", "ses", "run", "task", "echo", "flip", "chunk", "split", "res", "den", "site"];

    private static readonly string[] s_described =
        [
            "acq", "rec", "desc", "label", "mod", "part", "space", "dir", "inv", "mt", "hemi", "from", "to", "mode", "proc", "recording",
            "trc",
        ];

    /// <summary>Reads a name; null where it does not begin with a subject.</summary>
    public static BidsName? Parse(string name)
    {
        if (!Subject().IsMatch(name))
            return null;
        List<string> who = [], words = [];
        WordMeaning? agent = null;
        foreach (string part in name.Split('_', StringSplitOptions.RemoveEmptyEntries))
        {
            int dash = part.IndexOf('-', StringComparison.Ordinal);
            string key = dash > 0 ? part[..dash].ToLowerInvariant() : "", value = part[(dash + 1)..];
            if (key is "sub" or "ses")
                who.Add(part);
            else if (key == "ce")
                agent = SaysNone(value) ? WordMeaning.NoContrast : WordMeaning.Contrast;
            else if (key == "part")
                words.Add(value.StartsWith("mag", StringComparison.OrdinalIgnoreCase) ? "" : value);
            else if (key == "inv")
                words.Add("inv");
            else if (s_described.Contains(key))
                words.Add(value);
            else if (!s_free.Contains(key))
                words.Add(part);
        }

        return new(string.Join('_', who), string.Join('_', words), agent);
    }

    private static bool SaysNone(string value) =>
        NameWords.Of(value).Any(word => word.Meaning is WordMeaning.Without or WordMeaning.NoContrast or WordMeaning.Pre)
        || value.Equals("none", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(
        @"^sub-[\p{L}\p{N}]+(_|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Subject();
}
