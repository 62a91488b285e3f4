using System.Runtime.InteropServices;
using System.Xml;
using System.Xml.Linq;

namespace Smml.MLNet;

/// <summary>A package in a folder that NuGet keeps: <c>root/id/version</c>, with the id and the version in lower case.</summary>
/// <remarks>A notebook kernel loads assemblies from there. Their native libraries lie in the same folder, in packages of their own, and not
/// beside the application.</remarks>
/// <param name="Root">The folder of all packages.</param>
/// <param name="Id">The name of the package in lower case.</param>
/// <param name="Version">Its version as the folder writes it, for example <c>2.10.0</c>.</param>
internal sealed record CachedPackage(string Root, string Id, string Version)
{
    /// <summary>The system and the processor as folders of native libraries name them, for example <c>linux-x64</c>.</summary>
    public static string RuntimeIdentifier { get; } =
        (OperatingSystem.IsWindows() ? "win-" : OperatingSystem.IsMacOS() ? "osx-" : "linux-")
        + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>The native libraries of the package for this system.</summary>
    public string NativeFolder => Path.Combine(Root, Id, Version, "runtimes", RuntimeIdentifier, "native");

    private string Specification => Path.Combine(Root, Id, Version, Id + ".nuspec");

    /// <summary>The package that an assembly lies in, <c>root/id/version/lib/framework/X.dll</c>; null where it lies elsewhere.</summary>
    /// <param name="assembly">The path of the assembly; it may be empty.</param>
    public static CachedPackage? Of(string assembly)
    {
        if (assembly.Length == 0 || new FileInfo(assembly).Directory?.Parent is not { Name: "lib", Parent: { Parent: { } id } version })
            return null;
        return id.Parent is { } root && new CachedPackage(root.FullName, id.Name, version.Name) is var package && package.Exists()
            ? package
            : null;
    }

    /// <summary>Another package of the same folder, in a version that is known.</summary>
    public CachedPackage Beside(string id, string version) => new(Root, id.ToLowerInvariant(), Normalized(version));

    /// <summary>Whether the folder holds the package.</summary>
    public bool Exists() => File.Exists(Specification);

    /// <summary>The packages that this one asks for, directly or through others, in the versions that are asked for. One that the folder
    /// does not hold in that version is among them and does not exist.</summary>
    /// <exception cref="InvalidDataException">A specification cannot be read.</exception>
    public IReadOnlyList<CachedPackage> Dependencies()
    {
        List<CachedPackage> found = [];
        Queue<CachedPackage> next = new([this]);
        while (next.TryDequeue(out CachedPackage? package))
        {
            foreach (CachedPackage dependency in package.Direct().Where(one => !found.Contains(one)))
            {
                found.Add(dependency);
                next.Enqueue(dependency);
            }
        }

        return found;
    }

    public override string ToString() => $"{Id} {Version}";

    private IEnumerable<CachedPackage> Direct()
    {
        if (!Exists())
            return [];
        try
        {
            return
            [
                .. XDocument.Load(Specification)
                    .Descendants()
                    .Where(element => element.Name.LocalName == "dependency")
                    .Select(element => Beside((string)element.Attribute("id")!, (string?)element.Attribute("version") ?? ""))
                    .Distinct(),
            ];
        }
        catch (Exception exception) when (exception is XmlException or ArgumentNullException)
        {
            throw new InvalidDataException(
                $"{Specification} is not the specification of a package: {exception.Message} Delete its folder, and restore again.",
                exception);
        }
    }

    // "1.2", "[1.2]" and "[1.2, 2)" ask for 1.2, whose folder is 1.2.0; a fourth number that is 0 is left out.
    private static string Normalized(string range)
    {
        string[] parts = range.Trim('[', ']', '(', ')', ' ').Split(',')[0].Trim().ToLowerInvariant().Split('+')[0].Split('-', 2);
        string[] numbers = parts[0].Split('.');
        if (numbers.Length < 3)
            numbers = [.. numbers, .. Enumerable.Repeat("0", 3 - numbers.Length)];
        if (numbers is [.., "0"] && numbers.Length == 4)
            numbers = numbers[..3];
        return string.Join('-', [string.Join('.', numbers), .. parts[1..]]);
    }
}
