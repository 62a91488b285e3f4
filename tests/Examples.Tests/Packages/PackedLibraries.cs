using System.IO.Compression;
using System.Reflection;

namespace Smml.MLNet.Tests.Packages;

/// <summary>The packages of this checkout, made once of what is built already, in a version that no cache can know.</summary>
public sealed class PackedLibraries : IDisposable
{
    public PackedLibraries()
    {
        Source = Folder["packages"];
        DotnetCommand.Done(
            Repository,
            "pack",
            "Smml.MLNet.sln",
            "--no-build",
            "-nodeReuse:false",
            "-c",
            Configuration,
            "-o",
            Source,
            $"-p:PackageVersion={Version}");
    }

    /// <summary>The folder with <c>Smml.MLNet.sln</c>.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The configuration in which the tests were built, and the libraries with them.</summary>
    public static string Configuration { get; } =
        typeof(PackedLibraries).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    /// <summary>The version of the libraries, without the part that makes the packages of this run unlike all others.</summary>
    public static string ReleaseVersion { get; } =
        typeof(SmmlTrainer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The version of the packages.</summary>
    public string Version { get; } = FormattableString.Invariant(
        $"{ReleaseVersion}-test.{DateTime.UtcNow:yyyyMMddHHmmss}.{Environment.ProcessId}");

    /// <summary>A folder for this run: the packages and the projects that use them.</summary>
    public TemporaryFolder Folder { get; } = new();

    /// <summary>The folder with the packages.</summary>
    public string Source { get; }

    /// <summary>Opens a package or its symbols.</summary>
    /// <param name="id">For example <c>Smml.MLNet</c>.</param>
    /// <param name="extension"><c>nupkg</c> or <c>snupkg</c>.</param>
    public ZipArchive Open(string id, string extension) => ZipFile.OpenRead(Path.Combine(Source, $"{id}.{Version}.{extension}"));

    public void Dispose() => Folder.Dispose();

    private static string FindRepository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Smml.MLNet.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException(
            $"No folder above {AppContext.BaseDirectory} has Smml.MLNet.sln, expected the repository. "
            + "Run the tests where they were built.");
    }
}

/// <summary>The tests that share the packages; they run one after the other.</summary>
[CollectionDefinition(nameof(PackageCollection))]
public sealed class PackageCollection : ICollectionFixture<PackedLibraries>;
