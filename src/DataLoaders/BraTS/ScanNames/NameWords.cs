using System.Text.RegularExpressions;

namespace Smml.MLNet.ScanNames;

/// <summary>A word of a name, or a phrase, and what it means.</summary>
/// <param name="Text">The word, lower case.</param>
/// <param name="Meaning">Its meaning; null where it is not known (a patient's name, a date).</param>
internal readonly record struct NameWord(string Text, WordMeaning? Meaning);

/// <summary>Cuts the name of a file into words: at everything that is no letter, digit or plus sign, and inside a word that is made of
/// known ones (<c>T1wPostGad</c>).</summary>
internal static partial class NameWords
{
    // A shorter word must stand alone.
    private const int LongestGlued = 40;

    private static readonly string[] s_agents = ["contrast", "kontrast", "контраст", "增强", "增強", "造影", "조영"];

    /// <summary>The words of a name in their order, phrases as one.</summary>
    public static IReadOnlyList<NameWord> Of(string name)
    {
        string text = name.ToLowerInvariant().Replace("t2*", "t2 star ", StringComparison.Ordinal);
        text = WithOut().Replace(text, " without ");
        text = MinusBehind().Replace(text, $" {ScanVocabulary.MinusContrast} ");
        text = MinusBefore().Replace(text, $" {ScanVocabulary.MinusContrast} ");
        string[] cut = [.. Words().Matches(text).Select(match => match.Value).SelectMany(Pieces)];
        List<NameWord> words = [];
        for (int at = 0; at < cut.Length;)
        {
            if (cut[at] == "sub" && at + 1 < cut.Length && cut[at + 1].All(char.IsAsciiDigit))
            {
                words.Add(new($"{cut[at++]} {cut[at++]}", null)); // a subject, not a subtraction
                continue;
            }

            int length = Math.Min(ScanVocabulary.LongestPhrase, cut.Length - at);
            while (length > 1 && ScanVocabulary.Find(string.Join(' ', cut, at, length)) is null)
                length--;
            string phrase = string.Join(' ', cut, at, length);
            words.Add(new(phrase, ScanVocabulary.Find(phrase) ?? Suspicion(phrase)));
            at += length;
        }

        return words;
    }

    // gd1, gadxyz: contrast agent, or a patient's code; contrast agent in further languages.
    private static WordMeaning? Suspicion(string word)
    {
        string letters = word.TrimEnd("0123456789".ToCharArray());
        return word.StartsWith("gad", StringComparison.Ordinal)
            || Array.Exists(s_agents, agent => word.Contains(agent, StringComparison.Ordinal))
            || (letters.Length < word.Length && ScanVocabulary.Find(letters) is WordMeaning.Contrast or WordMeaning.T1ce)
            ? WordMeaning.Doubtful
            : null;
    }

    // A word that is made of known ones without a rest, one of them a scan or, behind "post", "ohne" and such, contrast agent.
    private static string[] Pieces(string word)
    {
        if (ScanVocabulary.Find(word) is not null || word.Length > LongestGlued)
            return [word];
        string[]?[] best = new string[]?[word.Length + 1]; // the fewest pieces up to a place
        best[0] = [];
        for (int end = 1; end <= word.Length; end++)
        {
            for (int start = 0; start < end; start++)
            {
                string piece = word[start..end];
                if (best[start] is { } before && before.Length + 1 < (best[end]?.Length ?? int.MaxValue) && IsPiece(piece, before))
                    best[end] = [.. before, piece];
            }
        }

        return best[^1] is { } pieces && pieces.Any(piece => ScanVocabulary.Find(piece) is { } meaning && ScanVocabulary.IsScan(meaning))
            || best[^1] is [var first, var second, ..]
                && ScanVocabulary.Find(first) is WordMeaning.Post or WordMeaning.Pre or WordMeaning.With or WordMeaning.Without
                && ScanVocabulary.Find(second) is WordMeaning.Contrast
            ? best[^1]!
            : [word];
    }

    // A number may follow a word (flair1, t1w2), but t12 is not T1 and 2.
    private static bool IsPiece(string piece, string[] before) =>
        ScanVocabulary.Find(piece) is not null
        || (before.Length > 0 && char.IsAsciiLetter(before[^1][^1]) && piece.All(char.IsAsciiDigit)
            && ScanVocabulary.Find(before[^1]) is { } meaning && ScanVocabulary.IsScan(meaning) && meaning != WordMeaning.T1ce);

    [GeneratedRegex(@"\+?[\p{L}\p{M}\p{N}]+(?:\+(?![\p{L}\p{N}]))?|\+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();

    [GeneratedRegex(@"(?<![\p{L}\p{N}])w[^\p{L}\p{N}]o(?![\p{L}\p{N}])", RegexOptions.CultureInvariant)]
    private static partial Regex WithOut();

    [GeneratedRegex(@"(?<![\p{L}\p{N}])(?:c|gd|km|ce|gad|contrast|kontrast)-(?![\p{L}\p{N}])", RegexOptions.CultureInvariant)]
    private static partial Regex MinusBehind();

    [GeneratedRegex(@"(?<=^|[_ .(,])-\s?(?:c|gd|km|ce|gad|contrast|kontrast)(?![\p{L}\p{N}])", RegexOptions.CultureInvariant)]
    private static partial Regex MinusBefore();
}
