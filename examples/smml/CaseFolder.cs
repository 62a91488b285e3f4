namespace Smml.MLNet.CommandLine;

/// <summary>The cases of a folder that a command works on.</summary>
internal static class CaseFolder
{
    private const int MostNotes = 5;

    /// <summary>Finds cases.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="selection">Which of its cases.</param>
    /// <param name="terminal">Is told what was not read; null to leave that to the notes of the result.</param>
    /// <exception cref="UsageException">A name is no case of the folder, the split belongs to other cases, or no case is left.</exception>
    public static BraTSCaseList Find(string folder, CaseSelection selection, Terminal? terminal = null)
    {
        BraTSCaseList found = BraTSDataset.Find(folder);
        foreach (string note in found.Notes.Take(MostNotes))
            terminal?.Note(note);
        if (found.Notes.Count > MostNotes)
            terminal?.Note($"{found.Notes.Count - MostNotes} more files or links were not read; 'smml validate {folder}' lists them.");
        string[] only = selection.Only ?? [],
            except = selection.Except ?? [],
            unknown = [.. only.Concat(except).Where(name => !found.Any(item => item.CaseId == name))];
        if (unknown.Length > 0)
        {
            string known = string.Join(", ", found.Take(5).Select(item => item.CaseId)) + (found.Count > 5 ? ", ..." : "");
            throw new UsageException(
                $"{folder}: found no case {string.Join(", ", unknown)}; it holds {found.Count} cases ({known}). Correct the names.");
        }

        IReadOnlyList<BraTSCase> part = selection.Split is { } split ? InSplit(folder, found, split, selection) : found;
        BraTSCase[] taken = [.. part.Where(item => (only.Length == 0 || only.Contains(item.CaseId)) && !except.Contains(item.CaseId))];
        foreach (BraTSCase item in taken.Where(item => item.LabelConvention.Length == 0))
            item.LabelConvention = selection.Labels?.Name ?? "";
        return taken.Length > 0
            ? new(taken, found.Notes)
            : throw new UsageException(
                $"{folder}: no case is left of {part.Count}. Name fewer cases to leave out, or another part of the split.");
    }

    private static IReadOnlyList<BraTSCase> InSplit(
        string folder, IReadOnlyList<BraTSCase> found, SplitChoice split, CaseSelection selection)
    {
        try
        {
            return split.Take(found, selection.Part, selection.IsPartial);
        }
        catch (InvalidDataException exception)
        {
            throw new UsageException($"{folder}: {exception.Message}{(selection.IsPartial ? "" : " To allow them, add --split-partial.")}");
        }
    }
}
