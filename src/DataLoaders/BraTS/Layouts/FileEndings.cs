namespace Smml.MLNet.Layouts;

/// <summary>The last words of the file names of a layout, for reading and for writing.</summary>
internal sealed class FileEndings(char separator, string flair, string t1ce, string t1, string t2, string label)
{
    private readonly (FileKind Kind, string Ending)[] _endings =
        [(FileKind.Flair, flair), (FileKind.T1ce, t1ce), (FileKind.T1, t1), (FileKind.T2, t2), (FileKind.Label, label)];

    /// <summary>Splits a name at its last separator; null where what follows is no ending. Upper and lower case do not matter.</summary>
    public (string CaseId, FileKind Kind)? Split(string stem)
    {
        int at = stem.LastIndexOf(separator);
        if (at < 1)
            return null;
        foreach ((FileKind kind, string ending) in _endings)
        {
            if (stem.AsSpan(at + 1).Equals(ending, StringComparison.OrdinalIgnoreCase))
                return (stem[..at], kind);
        }

        return null;
    }

    /// <summary>The name, without extension, of a scan or the label.</summary>
    public string Join(string caseId, FileKind kind) => $"{caseId}{separator}{_endings.Single(one => one.Kind == kind).Ending}";
}
