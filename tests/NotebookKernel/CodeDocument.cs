namespace Smml.MLNet.Tests.Notebooks;

/// <summary>Files that hold code: notebooks and file-based apps.</summary>
internal static class CodeDocument
{
    /// <summary>The pieces of code of a file, in their order.</summary>
    /// <exception cref="NotSupportedException">The file is of another kind.</exception>
    public static IReadOnlyList<CodeCell> Read(string path)
    {
        string name = Path.GetFileName(path), text = File.ReadAllText(path).ReplaceLineEndings("\n");
        return Path.GetExtension(path) switch
        {
            ".ipynb" =>
            [
                .. Notebook.Parse(text)
                    .Cells.Where(cell => cell.IsCode)
                    .Select((cell, index) => new CodeCell(name, FormattableString.Invariant($"cell {index + 1}"), cell.Source)),
            ],
            ".cs" => [new(name, null, LiterateScript.WithoutDirectives(text))],
            string other => throw new NotSupportedException($"{path}: found a file that ends with '{other}', expected .ipynb or .cs."),
        };
    }
}
