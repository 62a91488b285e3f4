using System.Text.RegularExpressions;

namespace Smml.MLNet.Tests.Notebooks;

/// <summary>A file-based app as the cells of its twin, the notebook.</summary>
/// <remarks>A block of comments between blank lines is prose, the code between two of them a cell. What a cell prints last, with
/// <c>Console.WriteLine(x)</c> or <c>Console.WriteLine(x.ToTable())</c>, is the bare <c>x</c> in the notebook, which shows it in its own
/// way. Lines with <c>#:</c> belong to the app alone.</remarks>
internal static partial class LiterateScript
{
    private const string Prose = "//";

    /// <summary>The notebook without outputs.</summary>
    /// <param name="script">The text of the app.</param>
    /// <param name="packages">The packages that the notebook loads before anything else, as <c>Id, Version</c>.</param>
    public static Notebook ToNotebook(string script, IEnumerable<string> packages)
    {
        List<NotebookCell> cells = [];
        List<string> lines = [];
        foreach (string block in WithoutDirectives(script).Trim().Split("\n\n"))
        {
            string[] parts = block.Trim('\n').Split('\n');
            if (!Array.TrueForAll(parts, line => line.StartsWith(Prose, StringComparison.Ordinal)))
            {
                lines.AddRange(lines.Count > 0 ? ["", .. parts] : parts);
                continue;
            }

            EndCode();
            cells.Add(new(IsCode: false, string.Join('\n', parts.Select(line => line[Prose.Length..].TrimStart(' ')))));
        }

        EndCode();
        cells.Insert(1, new(IsCode: true, string.Join('\n', packages.Select(package => $"#r \"nuget: {package}\""))));
        return new(cells);

        void EndCode()
        {
            if (lines.Count == 0)
                return;
            lines[^1] = LastPrint.Replace(lines[^1], "${value}");
            cells.Add(new(IsCode: true, string.Join('\n', lines)));
            lines.Clear();
        }
    }

    /// <summary>The code alone; every line stays where it is.</summary>
    public static string WithoutDirectives(string script) => Directive.Replace(script.ReplaceLineEndings("\n"), "");

    [GeneratedRegex("^#:.*$", RegexOptions.Multiline)]
    private static partial Regex Directive { get; }

    // Text in quotes is printed in a notebook too.
    [GeneratedRegex(@"^Console\.WriteLine\((?<value>[^$""].*?)(\.ToTable\(\))?\);$", RegexOptions.ExplicitCapture)]
    private static partial Regex LastPrint { get; }
}
