using System.Xml.Linq;

namespace Smml.MLNet.Tests;

/// <summary>Made-up packages in the layout of a folder of NuGet.</summary>
internal static class CachedPackages
{
    /// <summary>Writes the specification of a package.</summary>
    /// <param name="root">The folder of all packages.</param>
    /// <param name="id">In lower case.</param>
    /// <param name="version">As the folder writes it.</param>
    /// <param name="dependencies">What it asks for, as specifications write it.</param>
    public static void Write(TemporaryFolder root, string id, string version, params (string Id, string Version)[] dependencies)
    {
        XNamespace space = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd";
        IEnumerable<XElement> items = dependencies.Select(item =>
            new XElement(space + "dependency", new XAttribute("id", item.Id), new XAttribute("version", item.Version)));
        XElement specification = new(
            space + "package",
            new XElement(
                space + "metadata",
                new XElement(space + "dependencies", new XElement(space + "group", new XAttribute("targetFramework", "net8.0"), items))));
        Directory.CreateDirectory(root[Path.Combine(id, version)]);
        specification.Save(root[Path.Combine(id, version, id + ".nuspec")]);
    }
}
