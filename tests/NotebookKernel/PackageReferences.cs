using System.Xml.Linq;

namespace Smml.MLNet.Tests.Notebooks;

/// <summary>The packages that notebooks name, in the versions of this repository.</summary>
internal sealed class PackageReferences
{
    /// <summary>The package that a notebook loads.</summary>
    public const string Library = "Smml.MLNet";

    private readonly Dictionary<string, string> _versions = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the versions.</summary>
    /// <param name="root">The folder of the repository.</param>
    public PackageReferences(string root)
    {
        foreach (XElement package in XDocument.Load(Path.Combine(root, "Directory.Packages.props")).Descendants("PackageVersion"))
            _versions[(string)package.Attribute("Include")!] = (string)package.Attribute("Version")!;
        _versions[Library] = XDocument.Load(Path.Combine(root, "Directory.Build.props")).Descendants("Version").Single().Value;
    }

    /// <summary>A package as notebooks name it.</summary>
    public string Named(string id) => $"{id}, {_versions[id]}";

    /// <summary>The lines that load what notebooks need.</summary>
    public IReadOnlyList<string> OfNotebooks() => [Named(Library), Named("TorchSharp-cpu")];
}
