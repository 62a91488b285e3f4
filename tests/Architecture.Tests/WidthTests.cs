namespace Smml.MLNet.Tests.Architecture;

/// <summary>Lines are as wide as the style says.</summary>
public sealed class WidthTests
{
    private const int Widest = 140;

    [Fact]
    public void Lines_of_code_stay_within_140_characters()
    {
        string[] folders = ["src", "tests", "examples", "benchmarks", "tools"];
        string[] wide =
        [
            .. folders.SelectMany(folder => Repository.Files(folder, ".cs")).SelectMany(path => Wide(path, File.ReadLines(path).Index())),
        ];
        Assert.True(wide.Length == 0, string.Join("\n", wide));
    }

    [Fact]
    public void Lines_of_prose_stay_within_140_characters_but_for_tables_and_code()
    {
        string[] wide =
        [
            .. Repository.Files(".", ".md").SelectMany(path => Wide(path, Prose(File.ReadLines(path)))),
        ];
        Assert.True(wide.Length == 0, string.Join("\n", wide));
    }

    private static IEnumerable<string> Wide(string path, IEnumerable<(int Index, string Text)> lines) => lines
        .Where(line => line.Text.Length > Widest)
        .Select(line => $"{Repository.Relative(path)}:{line.Index + 1} has {line.Text.Length} characters, expected up to {Widest}.");

    private static IEnumerable<(int Index, string Text)> Prose(IEnumerable<string> lines)
    {
        bool isCode = false;
        foreach ((int index, string text) in lines.Index())
        {
            bool isFence = text.TrimStart().StartsWith("```", StringComparison.Ordinal);
            isCode ^= isFence;
            if (!isCode && !isFence && !text.TrimStart().StartsWith('|'))
                yield return (index, text);
        }
    }
}
