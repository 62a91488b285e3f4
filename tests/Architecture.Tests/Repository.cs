using System.Reflection;

namespace Smml.MLNet.Tests.Architecture;

/// <summary>The files of the repository.</summary>
internal static class Repository
{
    /// <summary>Where it lies.</summary>
    public static string Root { get; } = Path.GetFullPath(typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot")
        .Value!);

    /// <summary>The rooms, from the lowest to the highest; a room may use those before it.</summary>
    public static IReadOnlyList<string> Rooms { get; } = ["DataLoaders", "Transforms", "Trainers"];

    /// <summary>Files below a folder whose names end so, without what a build makes.</summary>
    public static IEnumerable<string> Files(string folder, string ending) => Directory
        .EnumerateFiles(Path.Combine(Root, folder), "*" + ending, SearchOption.AllDirectories)
        .Where(path => !Path.GetRelativePath(Root, path)
            .Split(Path.DirectorySeparatorChar)
            .Any(part => part is "artifacts" or "bin" or "obj" or ".git"))
        .Order(StringComparer.Ordinal);

    /// <summary>A path as it stands in messages.</summary>
    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');
}
