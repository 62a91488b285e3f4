namespace Smml.MLNet.CommandLine;

/// <summary>The cases of a folder that a command works on.</summary>
internal static class CaseFolder
{
    /// <summary>Finds cases.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="only">The names of the cases to take; null or empty for all.</param>
    /// <param name="except">The names of the cases to leave out; null or empty for none.</param>
    /// <param name="split">The split to take a part of; null for all cases.</param>
    /// <param name="part">Which part.</param>
    /// <param name="allowMissing">Whether the split may name cases that the folder does not hold.</param>
    /// <exception cref="UsageException">A name is no case of the folder, the split belongs to other cases, or no case is left.</exception>
    public static IReadOnlyList<BraTSCase> Find(
        string folder, string[]? only, string[]? except = null, SplitChoice? split = null, SplitPart part = SplitPart.Train, bool allowMissing = false)
    {
        IReadOnlyList<BraTSCase> found = BraTSDataset.Find(folder);
        string[] unknown = [.. (only ?? []).Concat(except ?? []).Where(name => !found.Any(item => item.CaseId == name))];
        if (unknown.Length > 0)
        {
            string known = string.Join(", ", found.Take(5).Select(item => item.CaseId)) + (found.Count > 5 ? ", ..." : "");
            throw new UsageException($"{folder}: found no case {string.Join(", ", unknown)}; it holds {found.Count} cases ({known}). Correct the names.");
        }

        if (split is not null)
            found = InSplit(folder, found, split, part, allowMissing);
        BraTSCase[] taken = [.. found.Where(item => (only is not { Length: > 0 } || only.Contains(item.CaseId)) && except?.Contains(item.CaseId) != true)];
        return taken.Length > 0 ? taken : throw new UsageException($"{folder}: no case is left of {found.Count}. Name fewer cases to leave out, or another part of the split.");
    }

    private static IReadOnlyList<BraTSCase> InSplit(string folder, IReadOnlyList<BraTSCase> found, SplitChoice split, SplitPart part, bool allowMissing)
    {
        try
        {
            return split.Take(found, part, allowMissing);
        }
        catch (InvalidDataException exception)
        {
            throw new UsageException($"{folder}: {exception.Message}{(allowMissing ? "" : " To allow them, add --split-partial.")}");
        }
    }
}
