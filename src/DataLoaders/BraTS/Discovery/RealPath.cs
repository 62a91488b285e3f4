namespace Smml.MLNet.Discovery;

/// <summary>The path of a file or folder with every link on the way resolved.</summary>
internal static class RealPath
{
    private const int MostLinks = 40; // as the kernels of Linux and macOS

    /// <summary>The path without links; where a link cannot be resolved, the path up to there.</summary>
    public static string Of(string path) => Resolve(Path.GetFullPath(path), MostLinks);

    /// <summary>Whether a folder is another one or lies above it.</summary>
    public static bool IsAbove(string folder, string other) =>
        (other + Path.DirectorySeparatorChar).StartsWith(
            Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string Resolve(string path, int links)
    {
        string current = Path.GetPathRoot(path) ?? "";
        string[] parts = path[current.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < parts.Length; i++)
        {
            string next = Path.Combine(current, parts[i]);
            if (new FileInfo(next).LinkTarget is { } target && links > 0)
                return Resolve(Path.GetFullPath(Path.Combine([Path.GetFullPath(target, current), .. parts[(i + 1)..]])), links - 1);
            current = next;
        }

        return current;
    }
}
