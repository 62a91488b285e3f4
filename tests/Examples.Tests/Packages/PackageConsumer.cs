using System.Text.Json;
using System.Xml.Linq;

namespace Smml.MLNet.Tests.Packages;

/// <summary>README's two programs, each a project outside the repository that knows the libraries as packages only; built once.</summary>
/// <remarks>
/// The packages come from their folder, everything else from where the repository's own restore has put it: nothing is downloaded, 1 GB of
/// native files is not unpacked again, and what is restored here goes into a folder of this run.
/// </remarks>
public sealed class PackageConsumer
{
    private readonly PackedLibraries _packed;

    public PackageConsumer(PackedLibraries packed)
    {
        _packed = packed;
        for (DirectoryInfo? above = new(packed.Folder.Path); above is not null; above = above.Parent)
            Assert.True(
                above.GetFiles("Directory.*.*").Length == 0,
                $"{above} has build files, which would change the projects below it. Point TMPDIR to a folder outside any build.");

        XElement[] caches = [.. PackageFolders().Select((folder, index) => Entry($"cache{index}", folder))];
        new XElement(
            "configuration",
            new XElement("packageSources", new XElement("clear"), caches),
            new XElement("packageSourceMapping", new XElement("clear")),
            new XElement("fallbackPackageFolders", new XElement("clear"), caches)).Save(packed.Folder["nuget.config"]);

        // Both ways in which native files can lie: those of all systems below runtimes, or those of this one beside the program.
        Build("Train", ReadmeExample.Training(), "-p:UseCurrentRuntimeIdentifier=false");
        Build("Score", ReadmeExample.Scoring());
    }

    /// <summary>Trains on <c>BraTS2020/training</c> of a folder and saves <c>smml.zip</c> there.</summary>
    public void Train(string folder) => Run("Train", folder);

    /// <summary>Loads <c>smml.zip</c> of a folder, writes <c>segmentations</c> of <c>hospital</c> and evaluates
    /// <c>BraTS2020/test</c>.</summary>
    /// <returns>The table of the evaluation.</returns>
    public string Score(string folder) => Run("Score", folder);

    /// <summary>The versions of our packages that were restored.</summary>
    public IEnumerable<string> Restored() => Directory.GetDirectories(_packed.Folder["restored"])
        .SelectMany(
            folder => Directory.GetDirectories(folder).Select(version => $"{Path.GetFileName(folder)} {Path.GetFileName(version)}"))
        .Order(StringComparer.Ordinal);

    private static XElement Entry(string key, string value) => new("add", new XAttribute("key", key), new XAttribute("value", value));

    // The folders in which the restore of this project found its packages.
    private static string[] PackageFolders()
    {
        string assets = Path.Combine(PackedLibraries.Repository, "artifacts", "obj", "Smml.MLNet.Examples.Tests", "project.assets.json");
        return
        [
            .. JsonDocument.Parse(File.ReadAllText(assets))
                .RootElement.GetProperty("packageFolders")
                .EnumerateObject()
                .Select(folder => folder.Name),
        ];
    }

    private void Build(string name, string program, params string[] properties)
    {
        string folder = Directory.CreateDirectory(_packed.Folder[name]).FullName;
        File.WriteAllText(Path.Combine(folder, name + ".csproj"), ReadmeExample.Project(_packed.Source, _packed.Version));
        File.WriteAllText(Path.Combine(folder, "Program.cs"), program);
        DotnetCommand.Done(
            folder,
            [
                "build",
                "-nodeReuse:false",
                "-o",
                Path.Combine(folder, "built"),
                "-p:UseSharedCompilation=false",
                "-p:CreateSymbolicLinksForCopyLocalIfPossible=true",
                "-p:RestorePackagesPath=" + _packed.Folder["restored"],
                .. properties,
            ]);
    }

    private string Run(string name, string folder) =>
        DotnetCommand.Done(folder, Path.Combine(_packed.Folder[name], "built", name + ".dll"));
}
