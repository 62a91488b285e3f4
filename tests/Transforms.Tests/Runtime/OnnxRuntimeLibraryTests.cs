using Smml.MLNet.CueGeneration;

namespace Smml.MLNet.Tests.Runtime;

/// <summary>Where onnxruntime is looked for if its managed part was loaded from a folder of NuGet, with made-up folders.</summary>
public sealed class OnnxRuntimeLibraryTests : IDisposable
{
    private readonly TemporaryFolder _cache = new();

    [Fact]
    public void The_library_is_taken_in_the_version_of_its_managed_part()
    {
        CachedPackages.Write(_cache, "microsoft.ml.onnxruntime.managed", "1.31.1");
        string assembly = _cache["microsoft.ml.onnxruntime.managed/1.31.1/lib/net8.0/Microsoft.ML.OnnxRuntime.dll"];
        Write("1.30.0");
        Write("1.32.0");
        Assert.Null(OnnxRuntimeEnvironment.OfPackages(assembly));
        Assert.Equal(Write("1.31.1"), OnnxRuntimeEnvironment.OfPackages(assembly));
    }

    [Fact]
    public void An_assembly_elsewhere_belongs_to_no_package() =>
        Assert.Null(OnnxRuntimeEnvironment.OfPackages(_cache.Write("application/Microsoft.ML.OnnxRuntime.dll", [])));

    public void Dispose() => _cache.Dispose();

    private string Write(string version)
    {
        CachedPackages.Write(_cache, "microsoft.ml.onnxruntime", version, ("Microsoft.ML.OnnxRuntime.Managed", version));
        string folder = $"microsoft.ml.onnxruntime/{version}/runtimes/{CachedPackage.RuntimeIdentifier}/native";
        return _cache.Write(Path.Combine(folder, NativeFiles.NameOf("onnxruntime")), []);
    }
}
