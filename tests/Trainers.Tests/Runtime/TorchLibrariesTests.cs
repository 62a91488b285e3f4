namespace Smml.MLNet.Tests.Runtime;

/// <summary>Where libtorch is looked for if TorchSharp was loaded from a folder of NuGet, with made-up folders.</summary>
public sealed class TorchLibrariesTests : IDisposable
{
    private readonly TemporaryFolder _cache = new();

    [Fact]
    public void Libtorch_is_taken_in_the_version_that_the_backend_of_this_TorchSharp_asks_for()
    {
        string torchSharp = Package("torchsharp", "0.107.0");
        Package("torchsharp-cpu", "0.107.0", ("libtorch-cpu", "2.10.0"), ("TorchSharp", "0.107.0"));
        Package("torchsharp-cpu", "0.108.0", ("libtorch-cpu", "2.11.0"));
        foreach (string version in new[] { "2.9.0", "2.10.0", "2.11.0" })
        {
            string system = "libtorch-cpu-" + CachedPackage.RuntimeIdentifier;
            Package("libtorch-cpu", version, (system, version), ("libtorch-cpu-other-x64", version));
            Package(system, version);
        }

        IReadOnlyList<string> folders = TorchLibraries.OfPackages(torchSharp);
        Assert.Equal(Native("libtorch-cpu-" + CachedPackage.RuntimeIdentifier, "2.10.0"), FolderWith("torch_cpu", folders));
        Assert.Equal(Native("torchsharp", "0.107.0"), FolderWith("LibTorchSharp", folders));
        Assert.DoesNotContain(folders, folder => folder.Contains("2.9.0", StringComparison.Ordinal)
            || folder.Contains("2.11.0", StringComparison.Ordinal)
            || folder.Contains("other", StringComparison.Ordinal));
    }

    [Fact]
    public void Another_version_is_never_taken_and_the_message_says_which_is_missing()
    {
        string torchSharp = Package("torchsharp", "0.107.0"), system = "libtorch-cpu-" + CachedPackage.RuntimeIdentifier;
        Assert.EndsWith(
            "torchsharp-cpu 0.107.0 is not there; in a notebook write #r \"nuget: TorchSharp-cpu, 0.107.0\"",
            TorchLibraries.Missing(torchSharp));

        Package("torchsharp-cpu", "0.107.0", ("libtorch-cpu", "2.10.0"));
        Package("libtorch-cpu", "2.10.0", (system, "2.10.0"));
        Package(system, "2.10.1");
        Assert.Null(FolderWith("torch_cpu", TorchLibraries.OfPackages(torchSharp)));
        Assert.Contains($" {system} 2.10.0 is not there;", TorchLibraries.Missing(torchSharp));
    }

    [Fact]
    public void An_assembly_elsewhere_belongs_to_no_package()
    {
        Assert.Empty(TorchLibraries.OfPackages("")); // a program in a single file
        Assert.Empty(TorchLibraries.OfPackages(_cache.Write("application/TorchSharp.dll", [])));
        Assert.Empty(TorchLibraries.OfPackages(_cache.Write("a/1.0.0/lib/net8.0/TorchSharp.dll", []))); // no specification
        Assert.Equal("libtorch was not found", TorchLibraries.Missing(""));
    }

    public void Dispose() => _cache.Dispose();

    private static string? FolderWith(string library, IEnumerable<string> folders) =>
        Path.GetDirectoryName(NativeFiles.Find(library, folders));

    private string Native(string id, string version) =>
        Path.Combine(_cache.Path, id, version, "runtimes", CachedPackage.RuntimeIdentifier, "native");

    // The path of its assembly.
    private string Package(string id, string version, params (string Id, string Version)[] dependencies)
    {
        CachedPackages.Write(_cache, id, version, dependencies);
        foreach (string library in id == "torchsharp" ? ["LibTorchSharp"] : new[] { "c10", "torch_cpu", "torch" })
        {
            if (id is "torchsharp" || id.EndsWith("-x64", StringComparison.Ordinal) || id.EndsWith("-arm64", StringComparison.Ordinal))
                _cache.Write(Path.Combine(Native(id, version), NativeFiles.NameOf(library)), []);
        }

        return Path.Combine(_cache.Path, id, version, "lib", "net8.0", "TorchSharp.dll");
    }
}
