namespace Smml.MLNet.Layouts;

/// <summary>A folder of one patient whose files are named after their sequences: <c>anna_fla_bet.nii.gz</c>,
/// <c>anna_T1-Gd.mha</c>.</summary>
/// <remarks>A name is cut at <c>_ - .</c> and spaces, and its words are compared with the synonyms, pairs of words first: <c>t2-flair</c>
/// is FLAIR, never T2. What label values mean is not known.</remarks>
internal static class HospitalFolder
{
    public const string Layout = "folder of one patient";

    private static readonly Dictionary<string, FileKind> s_words = Synonyms(
        (FileKind.Flair, "flair fla t2flair t2f"),
        (FileKind.T1ce, "t1ce t1c t1gd t1post t1km t1+c t1contrast ce-t1 t1-ce t1-gd t1-post t1w-ce t1w-gd t1w-post"),
        (FileKind.Flair, "t2-flair t2w-flair flair-t2 fla-t2"),
        (FileKind.T1, "t1 t1n t1w t1pre t1-pre t1w-pre t1-native"),
        (FileKind.T2, "t2 t2w"),
        (FileKind.Label, "seg segm segmentation label labels truth ot"));

    /// <summary>Reads the volume files of a folder.</summary>
    /// <param name="paths">The files that no challenge named.</param>
    /// <returns>What each file is; empty where no file is clearly a scan.</returns>
    /// <exception cref="InvalidDataException">A name beside a clear scan can mean two things.</exception>
    public static IReadOnlyList<(LayoutPath Path, LayoutFile File)> Read(IReadOnlyCollection<LayoutPath> paths)
    {
        (LayoutPath Path, FileKind[] Kinds)[] read = [.. paths.Select(path => (path, KindsOf(path.Stem)))];
        if (!read.Any(one => one.Kinds is [not FileKind.Label]))
            return [];
        if (Array.Find(read, one => one.Kinds.Length > 1) is { Path: { } ambiguous, Kinds: var kinds })
            throw new InvalidDataException(
                $"{ambiguous.Path}: its name can mean {string.Join(" or ", kinds)}, expected the name of one modality. "
                + "Rename it, move it away, or list the files in a manifest.");
        bool hasOneLabel = read.Count(one => one.Kinds is [FileKind.Label]) == 1;
        return
        [
            .. from one in read
               where one.Kinds is [var kind] && (kind != FileKind.Label || hasOneLabel)
               select (one.Path, new LayoutFile(Layout, one.Path.FolderAt(0), one.Kinds[0], null)),
        ];
    }

    /// <summary>Everything that a name can mean, each once.</summary>
    public static FileKind[] KindsOf(string stem)
    {
        string[] words = stem.ToUpperInvariant().Split(['_', '-', '.', ' '], StringSplitOptions.RemoveEmptyEntries);
        SortedSet<FileKind> kinds = [];
        for (int i = 0; i < words.Length; i++)
        {
            if (i + 1 < words.Length && s_words.TryGetValue($"{words[i]}-{words[i + 1]}", out FileKind pair))
            {
                kinds.Add(pair);
                i++;
            }
            else if (s_words.TryGetValue(words[i], out FileKind kind))
            {
                kinds.Add(kind);
            }
        }

        return [.. kinds];
    }

    private static Dictionary<string, FileKind> Synonyms(params ReadOnlySpan<(FileKind Kind, string Words)> lists)
    {
        Dictionary<string, FileKind> all = new(StringComparer.Ordinal);
        foreach ((FileKind kind, string words) in lists)
        {
            foreach (string word in words.ToUpperInvariant().Split(' '))
                all.Add(word, kind);
        }

        return all;
    }
}
