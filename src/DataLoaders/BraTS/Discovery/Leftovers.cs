using Smml.MLNet.Layouts;
using Smml.MLNet.ScanNames;
using Smml.MLNet.VolumeFiles;

namespace Smml.MLNet.Discovery;

/// <summary>The volume files that are neither a scan nor a label. Each goes to the case in whose folder it lies, so that the case can say
/// that it is not used; else it belongs to no case.</summary>
/// <param name="root">The folder that was asked for.</param>
internal sealed class Leftovers(string root)
{
    private readonly List<(LayoutPath Path, string Reason, NameDoubt Doubt)> _files = [];
    private readonly List<UnusedFile> _unassigned = [];

    /// <summary>The files that belong to no case, after <see cref="Assign"/>.</summary>
    public IReadOnlyList<UnusedFile> Unassigned => _unassigned;

    public void Add(LayoutPath path, string reason, NameDoubt doubt) => _files.Add((path, reason, doubt));

    /// <summary>Adds a file for what its name says.</summary>
    public void Add(NamedFile file) => Add(file.Path, file.Name.Reason, file.Name.Doubt);

    /// <summary>Adds a label that belongs to no scan.</summary>
    public void AddLabel(LayoutPath path)
    {
        if (OwnFiles.IsSegmentation(path.Path))
            Add(path, OwnFiles.SegmentationReason, NameDoubt.None);
        else
            Add(path, "a label without a scan", NameDoubt.Label);
    }

    /// <summary>Gives each file to its case.</summary>
    public void Assign(IReadOnlyList<FoundCase> cases)
    {
        ILookup<string, FoundCase> byFolder = cases
            .SelectMany(item => item.Folders.Append(item.Home).Distinct().Select(folder => (folder, item)))
            .ToLookup(pair => pair.folder, pair => pair.item, StringComparer.Ordinal);
        foreach ((LayoutPath path, string reason, NameDoubt doubt) in _files)
        {
            if (OwnerOf(path, byFolder) is { } owner)
                owner.AddUnused(path, reason, doubt);
            else
                _unassigned.Add(new(path.Path, reason, doubt));
        }
    }

    // In the nearest folder with a case: the case whose name the file's begins with, else the only one.
    private FoundCase? OwnerOf(LayoutPath path, ILookup<string, FoundCase> byFolder)
    {
        for (string? folder = path.Folder; folder is not null && folder.Length >= root.Length; folder = Path.GetDirectoryName(folder))
        {
            FoundCase[] cases = [.. byFolder[folder]];
            FoundCase? named = cases.Where(item => path.Stem.StartsWith(item.CaseId, StringComparison.OrdinalIgnoreCase))
                .MaxBy(item => item.CaseId.Length);
            if (named is not null || cases.Length == 1)
                return named ?? cases[0];
            if (cases.Length > 1)
                return null;
        }

        return null;
    }
}
