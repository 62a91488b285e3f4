using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using System.Xml.Linq;

namespace Smml.MLNet.Tests.Packages;

[Collection(nameof(PackageCollection))]
public sealed class PackageContentTests(PackedLibraries packed)
{
    private const string Bill = "sbom/bom.cdx.json";

    private static readonly Guid s_embeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE"); // portable PDB specification

    /// <summary>The folder below src, the package, the assembly, and what the package depends on;
    /// <c>=</c> stands for this very version.</summary>
    public static TheoryData<string, string, string, string[]> Packages { get; } = new()
    {
        {
            "DataLoaders",
            "Smml.MLNet.DataLoaders",
            "Smml.MLNet.DataLoaders",
            ["Microsoft.Data.Analysis", "Microsoft.ML", "System.IO.Hashing"]
        },
        {
            "Transforms",
            "Smml.MLNet.Transforms",
            "Smml.MLNet.Transforms",
            ["Microsoft.ML.OnnxRuntime.Managed", "Microsoft.ML.OnnxTransformer", "=Smml.MLNet.DataLoaders"]
        },
        { "Trainers", "Smml.MLNet", "Smml.MLNet.Trainers", ["=Smml.MLNet.Transforms", "TorchSharp"] },
    };

    [Fact]
    public void The_solution_packs_three_libraries_with_their_symbols_and_nothing_else()
    {
        string[] expected =
        [
            .. Packages
                .SelectMany(row => new[] { $"{row.Data.Item2}.{packed.Version}.nupkg", $"{row.Data.Item2}.{packed.Version}.snupkg" })
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(expected, Directory.GetFiles(packed.Source).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_holds_the_library_its_documentation_README_and_licence(
        string folder, string id, string assembly, string[] dependencies)
    {
        using ZipArchive package = packed.Open(id, "nupkg");
        Assert.Equal(
            ["LICENSE", "README.md", $"{id}.nuspec", $"lib/net10.0/{assembly}.dll", $"lib/net10.0/{assembly}.xml", Bill],
            Files(package));
        Assert.Equal(File.ReadAllText(Path.Combine(PackedLibraries.Repository, "README.md")), Text(package, "README.md"));
        Assert.Equal(File.ReadAllText(Path.Combine(PackedLibraries.Repository, "LICENSE")), Text(package, "LICENSE"));
        Assert.Contains("<member name=\"T:Smml.MLNet.", Text(package, $"lib/net10.0/{assembly}.xml"));

        XElement metadata = Metadata(package);
        Assert.Equal((id, packed.Version), (Value(metadata, "id"), Value(metadata, "version")));
        Assert.Equal(("Apache-2.0", "README.md"), (Value(metadata, "license"), Value(metadata, "readme")));
        Assert.Contains("Research use only", Value(metadata, "description"));
        Assert.Equal("git", metadata.Elements().Single(element => element.Name.LocalName == "repository").Attribute("type")?.Value);
        Assert.All(["authors", "copyright", "tags"], name => Assert.NotEmpty(Value(metadata, name)));
        Assert.Equal(["net10.0"], Named(metadata, "group", "targetFramework"));
        Assert.Equal(
            dependencies.Select(name => name.TrimStart('=')).Order(StringComparer.Ordinal),
            Named(metadata, "dependency", "id").Order(StringComparer.Ordinal));
        Assert.All(
            dependencies.Where(name => name.StartsWith('=')), name => Assert.Equal($"[{packed.Version}]", VersionOf(metadata, name[1..])));

        JsonElement properties = JsonDocument.Parse(DotnetCommand.Done(
            PackedLibraries.Repository, "msbuild", $"src/{folder}", "-nodeReuse:false", "-getProperty:PackageId,EnablePackageValidation"))
            .RootElement.GetProperty("Properties");
        Assert.Equal(
            (id, "true"), (properties.GetProperty("PackageId").GetString(), properties.GetProperty("EnablePackageValidation").GetString()));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_says_what_it_depends_on_in_which_version_and_under_which_licence(
        string folder, string id, string assembly, string[] dependencies)
    {
        using ZipArchive package = packed.Open(id, "nupkg");
        JsonElement bill = JsonDocument.Parse(Text(package, Bill)).RootElement;
        Assert.Equal(("CycloneDX", "1.6"), (bill.GetProperty("bomFormat").GetString(), bill.GetProperty("specVersion").GetString()));
        JsonElement subject = bill.GetProperty("metadata").GetProperty("component");
        Assert.Equal((id, packed.Version), (Text(subject, "name"), Text(subject, "version")));

        JsonElement[] components = [.. bill.GetProperty("components").EnumerateArray()];
        Assert.Equal(Restored($"Smml.MLNet.{folder}"), components.Select(one => $"{Text(one, "name")} {Text(one, "version")}"));
        Assert.Superset(
            dependencies.Select(name => name.TrimStart('=')).ToHashSet(), components.Select(one => Text(one, "name")!).ToHashSet());
        Assert.All(components, one =>
        {
            Assert.Equal($"pkg:nuget/{Text(one, "name")}@{Text(one, "version")}", Text(one, "purl"));
            JsonElement licence = Assert.Single(one.GetProperty("licenses").EnumerateArray());
            Assert.NotEmpty(licence.TryGetProperty("license", out JsonElement named) ? Text(named, "name")! : Text(licence, "expression")!);
        });
        Assert.Equal("MIT", Text(
            components.Single(one => Text(one, "name") == "Microsoft.ML").GetProperty("licenses")[0], "expression"));
        Assert.NotEmpty(assembly);
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void The_symbols_belong_to_the_library_and_hold_every_source(string folder, string id, string assembly, string[] dependencies)
    {
        Assert.NotEmpty(dependencies);
        using ZipArchive package = packed.Open(id, "nupkg"), symbols = packed.Open(id, "snupkg");
        Assert.Equal([$"{id}.nuspec", $"lib/net10.0/{assembly}.pdb"], Files(symbols));

        using PEReader library = new(new MemoryStream(Bytes(package, $"lib/net10.0/{assembly}.dll")));
        using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(Bytes(
            symbols, $"lib/net10.0/{assembly}.pdb")));
        MetadataReader reader = provider.GetMetadataReader();
        CodeViewDebugDirectoryData expected = library.ReadCodeViewDebugDirectoryData(library.ReadDebugDirectory()
            .Single(entry => entry.Type == DebugDirectoryEntryType.CodeView));
        Assert.Equal(expected.Guid, new BlobContentId(reader.DebugMetadataHeader!.Id).Guid);

        HashSet<DocumentHandle> embedded = [.. reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation)
            .Where(item => reader.GetGuid(item.Kind) == s_embeddedSource).Select(item => (DocumentHandle)item.Parent)];
        Assert.Contains(
            reader.Documents,
            handle => reader.GetString(reader.GetDocument(handle).Name).Contains($"/src/{folder}/", StringComparison.Ordinal));
        Assert.All(reader.Documents, handle => Assert.Contains(handle, embedded));
    }

    // Without the three files that make a zip an Open Packaging container.
    private static IEnumerable<string> Files(ZipArchive archive) => archive.Entries
        .Select(entry => entry.FullName)
        .Where(name => name != "[Content_Types].xml"
            && !name.StartsWith("_rels/", StringComparison.Ordinal)
            && !name.EndsWith(".psmdcp", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    private static XElement Metadata(ZipArchive package)
    {
        using Stream stream = package.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(stream).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    }

    private static string Value(XElement metadata, string name) =>
        metadata.Elements().Single(element => element.Name.LocalName == name).Value;

    private static IEnumerable<string?> Named(XElement metadata, string element, string attribute) =>
        metadata.Descendants().Where(item => item.Name.LocalName == element).Select(item => item.Attribute(attribute)?.Value);

    private static string? VersionOf(XElement metadata, string id) =>
        metadata.Descendants()
            .Single(item => item.Name.LocalName == "dependency" && item.Attribute("id")?.Value == id)
            .Attribute("version")?.Value;

    // What the restore found: the libraries of the assets file without analyzers, which are private to the build.
    private string[] Restored(string project)
    {
        string assets = Path.Combine(PackedLibraries.Repository, "artifacts", "obj", project, "project.assets.json");
        return
        [
            .. JsonDocument.Parse(File.ReadAllText(assets))
                .RootElement.GetProperty("libraries")
                .EnumerateObject()
                .Select(library => (Parts: library.Name.Split('/'), Type: Text(library.Value, "type")))
                .Where(library => !library.Parts[0].Contains("Analyzer", StringComparison.Ordinal))
                .Select(library => $"{library.Parts[0]} {(library.Type == "project" ? packed.Version : library.Parts[1])}"),
        ];
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static string Text(ZipArchive archive, string name)
    {
        using StreamReader reader = new(archive.GetEntry(name)!.Open());
        return reader.ReadToEnd();
    }

    private static byte[] Bytes(ZipArchive archive, string name)
    {
        using Stream stream = archive.GetEntry(name)!.Open();
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
