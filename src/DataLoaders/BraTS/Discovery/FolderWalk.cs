using Smml.MLNet.Layouts;
using Smml.MLNet.ScanNames;

namespace Smml.MLNet.Discovery;

/// <summary>Lists the files below a folder, each once: a link to what was listed already is not followed, and what cannot be opened is
/// said instead of being passed over.</summary>
internal sealed class FolderWalk
{
    // Made by file systems and desktops; they hold no case.
    private static readonly string[] s_system = ["lost+found", "$RECYCLE.BIN", "System Volume Information", "@eaDir", "__MACOSX"];

    private static readonly EnumerationOptions s_entries = new() { IgnoreInaccessible = false };

    private readonly string _root;
    private readonly Func<string, IEnumerable<FileSystemInfo>> _entriesOf;
    private readonly List<string> _files = [];
    private readonly List<(string Folder, string Reason)> _closed = [];
    private readonly List<string> _notes = [];
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _realFiles = new(StringComparer.Ordinal);
    private readonly List<string> _folderLinks = [];
    private readonly List<string> _fileLinks = [];

    private FolderWalk(string root, Func<string, IEnumerable<FileSystemInfo>> entriesOf) => (_root, _entriesOf) = (root, entriesOf);

    /// <summary>The files, sorted by path.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>The folders that cannot be opened, and why.</summary>
    public IReadOnlyList<(string Folder, string Reason)> Closed => _closed;

    /// <summary>What was not followed, a sentence each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Walks a folder.</summary>
    /// <param name="root">The folder; the paths of the files begin with it.</param>
    /// <param name="entriesOf">Lists a folder; null asks the file system.</param>
    /// <exception cref="UnauthorizedAccessException">The folder itself may not be opened.</exception>
    public static FolderWalk Of(string root, Func<string, IEnumerable<FileSystemInfo>>? entriesOf = null)
    {
        FolderWalk walk = new(root, entriesOf ?? (folder => new DirectoryInfo(folder).EnumerateFileSystemInfos("*", s_entries)));
        walk.Visit(root, RealPath.Of(root));
        if (walk._closed is [var (folder, reason)] && folder == root)
            throw new UnauthorizedAccessException($"{folder}: {reason}, expected a folder to read. Give this user the right to open it.");
        walk.FollowFolderLinks();
        walk.FollowFileLinks();
        walk._files.Sort(StringComparer.Ordinal);
        walk._notes.Sort(StringComparer.Ordinal);
        return walk;
    }

    private void Visit(string folder, string real)
    {
        if (!_folders.Add(real))
            return;
        FileSystemInfo[] entries;
        try
        {
            entries = [.. _entriesOf(folder).OrderBy(one => one.Name, StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException or System.Security.SecurityException)
        {
            _closed.Add((folder, "the folder cannot be opened" + (exception is UnauthorizedAccessException ? " (permission denied)" : "")));
            return;
        }

        foreach (FileSystemInfo entry in entries)
        {
            string path = Path.Combine(folder, entry.Name);
            if (entry.Attributes.HasFlag(FileAttributes.ReparsePoint) && entry.LinkTarget is not null)
                (Directory.Exists(path) ? _folderLinks : _fileLinks).Add(path);
            else if (entry is not DirectoryInfo)
                Add(path, Path.Combine(real, entry.Name));
            else if (!s_system.Contains(entry.Name))
                Visit(path, Path.Combine(real, entry.Name));
        }
    }

    private void Add(string path, string real)
    {
        _files.Add(path);
        _realFiles.TryAdd(real, path);
    }

    // After all real folders, so that a case keeps its own name, whatever the links beside it are called.
    private void FollowFolderLinks()
    {
        for (int i = 0; i < _folderLinks.Count; i++)
        {
            string link = _folderLinks[i], real = RealPath.Of(link);
            if (_folders.Contains(real))
                _notes.Add($"{link}: a link to {real}, which is read under its own name; the link is not followed.");
            else if (RealPath.IsAbove(real, RealPath.Of(_root)))
                _notes.Add($"{link}: a link to {real}, a folder above it; it is not followed.");
            else
                Visit(link, real);
        }
    }

    private void FollowFileLinks()
    {
        foreach (string link in _fileLinks)
        {
            string real = RealPath.Of(link);
            if (!File.Exists(real))
            {
                // a scan that should be there: the case says that it is missing
                if (LayoutPath.Of(link) is not null)
                    _files.Add(link);
                else
                    _notes.Add($"{link}: a link whose target {real} is not there.");
            }
            else if (_realFiles.TryGetValue(real, out string? own) && SaysSomething(own))
            {
                if (LayoutPath.Of(link) is not null)
                    _notes.Add($"{link}: a link to {own}, which is read under its own name; the link is not used.");
            }
            else
            {
                Add(link, real);
            }
        }
    }

    private static bool SaysSomething(string path) => LayoutPath.Of(path) is not { } file
        || KnownLayouts.ReadChallenge(file) is not null
        || ScanName.Read(file.Stem).SaysSomething;
}
