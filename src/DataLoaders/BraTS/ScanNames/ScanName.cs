using System.Text.RegularExpressions;
using Smml.MLNet.Layouts;
using static Smml.MLNet.ScanNames.WordMeaning;

namespace Smml.MLNet.ScanNames;

/// <summary>What the name of a volume file says that it is.</summary>
/// <remarks>A name is understood or refused: where two words disagree, or a word contradicts, the file is none of the four scans, and
/// <see cref="Reason"/> says why. docs/layouts.md has the rules and the words.</remarks>
/// <param name="Kind">The scan, or the label; null where the name says something else, contradicts itself, or says nothing.</param>
/// <param name="Reason">Why it is none; empty where it is one, or the name says nothing.</param>
/// <param name="Doubt">What the file may be all the same: its name names it, but contradicts itself.</param>
internal sealed partial record ScanName(FileKind? Kind, string Reason, NameDoubt Doubt)
{
    private static readonly ScanName s_nothing = new(null, "", NameDoubt.None);

    /// <summary>Whether the name says anything.</summary>
    public bool SaysSomething => Kind is not null || Reason.Length > 0;

    /// <summary>Whether the name is that of one of the four scans.</summary>
    public bool IsScan => Kind is not null and not FileKind.Label;

    /// <summary>Reads a name.</summary>
    /// <param name="name">The name without its extension, without the patient's name.</param>
    /// <param name="folder">The name of a folder that holds this scan only; empty where there is none.</param>
    public static ScanName Read(string name, string folder = "")
    {
        (string own, WordMeaning? agent) = BidsName.Parse(name) is { } bids ? (bids.Words, bids.Agent) : (name, null);
        IReadOnlyList<NameWord> words = NameWords.Of($"{folder}_{own}");
        HashSet<WordMeaning> said = Resolve(words, out string? loose);
        if (agent is { } given)
            said.Add(given);
        if (said.Contains(Label))
            return ReadLabel(words, said);
        string[] scans = [.. said.Where(ScanVocabulary.IsScan).Select(Name).Distinct().Order(StringComparer.Ordinal)];
        if (said.Contains(OtherImage) || said.Contains(Mask) || said.Contains(Machine))
            return new(null, NotAScan(words, said), NameDoubt.None);
        if (scans.Length == 0)
        {
            return words.FirstOrDefault(word => word.Meaning is null && BeginsLikeScan().IsMatch(word.Text)).Text is { } strange
                ? new(null, $"its name has the word '{strange}', which is not known", NameDoubt.Scan)
                : s_nothing;
        }

        return ReadScan(said) switch
        {
            (null, string doubt) => new(null, doubt, NameDoubt.Scan),
            (FileKind.T1ce, _) when loose is not null && !said.Contains(T1ce) => new(
                null,
                $"its name has '{loose}' before the scan's name, which may mean contrast agent or belong to the patient's name",
                NameDoubt.Scan),
            var (kind, _) => new(kind, "", NameDoubt.None),
        };
    }

    private static (FileKind? Kind, string Doubt) ReadScan(HashSet<WordMeaning> said)
    {
        bool isT1 = said.Contains(T1) || said.Contains(T1Sequence);
        bool hasAgent = said.Contains(Contrast), hasNone = said.Contains(NoContrast);
        if (said.Contains(Doubtful))
            return (null, "its name has a word that may change which scan it is");
        if (said.Contains(Flair))
        {
            return isT1 || said.Contains(T1ce) ? (null, "its name says FLAIR and T1")
                : hasAgent ? (null, "its name says FLAIR after contrast agent")
                : (FileKind.Flair, "");
        }

        if (said.Contains(T2))
        {
            return isT1 || said.Contains(T1ce) ? (null, "its name says T1 and T2")
                : hasAgent ? (null, "its name says T2 after contrast agent")
                : said.Contains(Inversion) ? (null, "its name says T2 with inversion recovery: FLAIR or STIR")
                : said.Contains(GradientEcho) ? (null, "its name says T2 with gradient echo: T2*")
                : (FileKind.T2, "");
        }

        if (said.Contains(Inversion))
            return (null, "its name says T1 with inversion recovery");
        if (said.Contains(T1ce))
        {
            return hasNone ? (null, "its name says T1 with and without contrast agent")
                : said.Contains(T1) ? (null, "its name says T1 and T1 with contrast agent")
                : (FileKind.T1ce, "");
        }

        return hasAgent && hasNone ? (null, "its name says T1 with and without contrast agent")
            : hasAgent ? (FileKind.T1ce, "")
            : (FileKind.T1, "");
    }

    private static ScanName ReadLabel(IReadOnlyList<NameWord> words, HashSet<WordMeaning> said)
    {
        if (said.Contains(Machine))
            return new(null, $"a segmentation by a program ('{First(words, Machine)}'), not an expert's label", NameDoubt.None);
        if (said.Contains(Tissue) && !said.Contains(Tumor))
            return new(null, $"a segmentation of something that is no tumour ('{First(words, Tissue)}')", NameDoubt.None);
        if (said.Contains(OtherImage))
            return new(null, NotAScan(words, said), NameDoubt.None);
        return said.FirstOrDefault(ScanVocabulary.IsScan, Neutral) is not Neutral and var scan
            ? new(null, $"its name says both a segmentation and {Name(scan)}", NameDoubt.Label)
            : new(FileKind.Label, "", NameDoubt.None);
    }

    private static string NotAScan(IReadOnlyList<NameWord> words, HashSet<WordMeaning> said) =>
        said.Contains(OtherImage) ? $"none of the four scans ('{First(words, OtherImage)}')"
        : said.Contains(Mask) ? $"a mask ('{First(words, Mask)}')"
        : $"made by a program ('{First(words, Machine)}')";

    private static string First(IReadOnlyList<NameWord> words, WordMeaning meaning) =>
        words.First(word => word.Meaning == meaning).Text;

    private static string Name(WordMeaning scan) => scan switch
    {
        Flair => "FLAIR",
        T2 => "T2",
        T1ce => "T1 with contrast agent",
        _ => "T1",
    };

    [GeneratedRegex("^(t1|t2|ct1|flair)[a-z]", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex BeginsLikeScan();

    // What the words say together: "post" alone is contrast agent, "post op" is not, "ohne km" is none.
    private static HashSet<WordMeaning> Resolve(IReadOnlyList<NameWord> words, out string? loose)
    {
        HashSet<WordMeaning> said = [];
        loose = null;
        bool isScanNamed = false;
        string? agent = null;
        for (int i = 0; i < words.Count; i++)
        {
            WordMeaning? next = i + 1 < words.Count ? words[i + 1].Meaning : null;
            WordMeaning? meaning = words[i].Meaning switch
            {
                Without or Pre or With or Post when next is Event => Neutral,
                Without or Pre => NoContrast,
                With when next is not Contrast => Doubtful,
                With or Post => Contrast,
                WordMeaning other => other,
                null => null,
            };
            if (words[i].Meaning is Without or Pre or With or Post && next is Contrast)
                i++; // it is said
            if (meaning is { } sure)
                said.Add(sure);
            if (words[i].Text == "dseg")
                said.Add(Label);
            isScanNamed |= meaning is { } one && ScanVocabulary.IsScan(one);
            if (meaning == Contrast && !isScanNamed)
                agent = words[i].Text;
            if (meaning is null && agent is not null && !isScanNamed)
                loose = agent;
        }

        return said;
    }
}
