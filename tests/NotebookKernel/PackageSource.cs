using System.Reflection;
using System.Text.Json;
using System.Xml.Linq;

namespace Smml.MLNet.Tests.Notebooks;

/// <summary>The packages of this checkout, and everything else from where this repository's restore has put it. Nothing is
/// downloaded.</summary>
/// <remarks>NuGet gets a folder of this process, in which packages of others are links: libtorch is not unpacked again, and our packages
/// are found whatever a cache holds under their number.</remarks>
internal sealed class PackageSource : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("smml-kernel-");
    private readonly PackageReferences _references = new(Metadata("RepositoryRoot"));
    private readonly string _source;
    private readonly string _version;
    private readonly string? _temporary = Environment.GetEnvironmentVariable("TMPDIR");

    /// <summary>Prepares NuGet for this process.</summary>
    /// <param name="folder">The folder with the packages.</param>
    /// <exception cref="FileNotFoundException">The folder has not one package of the library.</exception>
    public PackageSource(string folder)
    {
        _source = Path.GetFullPath(folder);
        string[] found = [.. Directory.EnumerateFiles(_source, PackageReferences.Library + ".*.nupkg")
            .Select(path => Path.GetFileNameWithoutExtension(path)[(PackageReferences.Library.Length + 1)..])
            .Where(name => char.IsAsciiDigit(name[0]))];
        _version = found is [string only] ? only : throw new FileNotFoundException(
            $"{_source}: found {found.Length} packages {PackageReferences.Library}, expected one. "
            + $"Empty it and run: dotnet pack Smml.MLNet.sln -o {_source}");

        string packages = _folder.CreateSubdirectory("packages").FullName;
        string[] caches = [.. Caches()];
        foreach (string package in caches.SelectMany(Directory.GetDirectories))
        {
            string link = Path.Combine(packages, Path.GetFileName(package));
            if (!Path.GetFileName(package).StartsWith("smml.mlnet", StringComparison.Ordinal) && !Directory.Exists(link))
                Directory.CreateSymbolicLink(link, package);
        }

        new XElement(
            "configuration",
            new XElement(
                "packageSources",
                [
                    new XElement("clear"),
                    .. caches.Select((cache, index) =>
                        new XElement("add", new XAttribute("key", $"cache{index}"), new XAttribute("value", cache))),
                ]),
            new XElement("packageSourceMapping", new XElement("clear")))
            .Save(Path.Combine(_folder.FullName, "nuget.config"));

        // The kernel restores a project that it makes in the temporary folder, below the settings.
        Environment.SetEnvironmentVariable("NUGET_PACKAGES", packages);
        Environment.SetEnvironmentVariable("TMPDIR", _folder.CreateSubdirectory("tmp").FullName);
    }

    /// <summary>The code with the packages of this checkout where it names the library.</summary>
    public string Resolve(string code)
    {
        string named = $"#r \"nuget: {_references.Named(PackageReferences.Library)}\"";
        return code.Replace(
            named, $"#i \"nuget:{_source}\"\n#r \"nuget: {PackageReferences.Library}, {_version}\"", StringComparison.Ordinal);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("TMPDIR", _temporary);
        _folder.Delete(recursive: true);
    }

    /// <summary>What the build wrote into this program.</summary>
    internal static string Metadata(string key) => typeof(PackageSource).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key)
        .Value!;

    // The folders in which the restore of this program found its packages.
    private static IEnumerable<string> Caches() =>
        JsonDocument.Parse(File.ReadAllText(Metadata("AssetsFile")))
            .RootElement.GetProperty("packageFolders")
            .EnumerateObject()
            .Select(folder => folder.Name);
}
