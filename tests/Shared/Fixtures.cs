using System.Text.Json;

namespace Smml.MLNet.Tests;

/// <summary>Reference numbers computed with PyTorch: the folder named by SMML_FIXTURES where it is set, else the project's copy.</summary>
internal static class Fixtures
{
    public static string Folder { get; } = Environment.GetEnvironmentVariable("SMML_FIXTURES") is { Length: > 0 } folder
        ? folder
        : Path.Combine(AppContext.BaseDirectory, "fixtures");

    public static string PathOf(string name) => Path.Combine(Folder, name);

    public static NumpyArray Array(string name) => NumpyArray.Load(PathOf(name));

    public static Dictionary<string, NumpyArray> Archive(string name) => NumpyArray.LoadArchive(PathOf(name));

    public static JsonElement Json(string name) => JsonDocument.Parse(File.ReadAllText(PathOf(name))).RootElement;
}
