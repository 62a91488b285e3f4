namespace Smml.MLNet.Tests.Packages;

/// <summary>What README.md tells its reader to write: a project file and two programs.</summary>
internal static class ReadmeExample
{
    // The published network would train for weeks here.
    private const string PublishedOptions = "new SmmlTrainerOptions { Epochs = 1000 }";
    private const string SmallOptions =
        "new SmmlTrainerOptions { Architecture = SmmlArchitecture.Tiny, Epochs = 1, StepsPerEpoch = 1, BatchSize = 1 }";

    private static readonly string s_text = File.ReadAllText(Path.Combine(PackedLibraries.Repository, "README.md"))
        .ReplaceLineEndings("\n");

    /// <summary>The project file, with the packages of this run.</summary>
    /// <param name="source">The folder with the packages.</param>
    /// <param name="version">Their version.</param>
    public static string Project(string source, string version)
    {
        string project = Assert.Single(Blocks("xml"), block => block.StartsWith("<Project", StringComparison.Ordinal));
        project = Replaced(project, ">/path/to/packages<", $">{source}<");
        return Replaced(project, $"\"Smml.MLNet\" Version=\"{PackedLibraries.ReleaseVersion}\"", $"\"Smml.MLNet\" Version=\"{version}\"");
    }

    /// <summary>The program that trains and saves <c>smml.zip</c>, with a network for seconds.</summary>
    public static string Training() => Replaced(
        Assert.Single(Blocks("csharp"), block => block.Contains(".Fit(", StringComparison.Ordinal)), PublishedOptions, SmallOptions);

    /// <summary>The program that loads <c>smml.zip</c>, word for word.</summary>
    public static string Scoring() =>
        Assert.Single(Blocks("csharp"), block => block.Contains("Model.Load(\"smml.zip\"", StringComparison.Ordinal));

    private static string Replaced(string block, string found, string replacement)
    {
        Assert.Equal(2, block.Split(found).Length); // once
        return block.Replace(found, replacement, StringComparison.Ordinal);
    }

    /// <summary>How many blocks of C# the page has.</summary>
    public static int Programs => Blocks("csharp").Count();

    private static IEnumerable<string> Blocks(string language) =>
        s_text.Split($"```{language}\n")[1..].Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)]);
}
