namespace Smml.MLNet.VolumeFiles;

/// <summary>The two files of a NIfTI or ANALYZE pair: <c>name.hdr</c> and <c>name.img</c>, each perhaps with <c>.gz</c>.</summary>
internal static class NiftiPair
{
    public static bool IsHeaderName(string path) => Stem(path, ".hdr") is not null;

    /// <summary>The header of a pair when the path names its voxels and the header is there; else the path itself.</summary>
    public static string HeaderOf(string path) => Stem(path, ".img") is { } stem ? Existing(stem, "hdr") ?? path : path;

    /// <summary>The voxels' file of a header; null when there is none.</summary>
    public static string? DataOf(string headerPath) => Stem(headerPath, ".hdr") is { } stem ? Existing(stem, "img") : null;

    private static string? Stem(string path, string extension)
    {
        foreach (string ending in new[] { extension, extension + ".gz" })
        {
            if (path.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return path[..^ending.Length];
        }

        return null;
    }

    private static string? Existing(string stem, string extension) =>
        new[] { $"{stem}.{extension}", $"{stem}.{extension}.gz", $"{stem}.{extension.ToUpperInvariant()}" }.FirstOrDefault(File.Exists);
}
