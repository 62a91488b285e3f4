using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Smml.MLNet.Tests.Notebooks;

/// <summary>The packages that notebooks name. Here they are this repository's build and what was restored for it, so a name or a version
/// that is not the same is an error.</summary>
internal sealed partial class PackageReferences
{
    private readonly Dictionary<string, string> _versions = new(StringComparer.OrdinalIgnoreCase);

    private PackageReferences(string root)
    {
        foreach (XElement package in XDocument.Load(Path.Combine(root, "Directory.Packages.props")).Descendants("PackageVersion"))
            _versions[(string)package.Attribute("Include")!] = (string)package.Attribute("Version")!;
        _versions["Smml.MLNet"] = XDocument.Load(Path.Combine(root, "Directory.Build.props")).Descendants("Version").Single().Value;
    }

    /// <summary>Those of the repository that this program was built in.</summary>
    public static PackageReferences OfRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
                return new(folder.FullName);
        }

        throw new DirectoryNotFoundException(
            $"{AppContext.BaseDirectory}: found no Directory.Packages.props above it, expected the repository. "
            + "Run this program where it was built.");
    }

    /// <summary>A package as notebooks name it.</summary>
    public string Named(string id) => $"{id}, {_versions[id]}";

    /// <summary>The code without the lines that load packages; the other lines stay where they are.</summary>
    /// <exception cref="CellException">A package is not of this repository, or in another version.</exception>
    public string Resolve(CodeCell cell)
    {
        string[] lines = cell.Code.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (Reference.Match(lines[i]) is not { Success: true } match)
                continue;
            string id = match.Groups["id"].Value, version = match.Groups["version"].Value;
            if (!_versions.TryGetValue(id, out string? expected))
                throw new CellException(
                    cell,
                    i + 1,
                    $"found the package {id}, expected Smml.MLNet or one of Directory.Packages.props. "
                    + "Correct the name, or add the package there.");
            if (version != expected)
                throw new CellException(
                    cell,
                    i + 1,
                    $"found {id} in version {(version.Length > 0 ? version : "(none)")}, expected {expected}. "
                    + $"Write #r \"nuget: {Named(id)}\".");
            lines[i] = "";
        }

        return string.Join('\n', lines);
    }

    [GeneratedRegex(@"^\s*#r\s+""nuget:\s*(?<id>[^,""]+?)\s*(,\s*(?<version>[^""]*?)\s*)?""", RegexOptions.ExplicitCapture)]
    private static partial Regex Reference { get; }
}
