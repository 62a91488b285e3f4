using System.Text.Json.Nodes;
using Microsoft.DotNet.Interactive.Formatting;

namespace Smml.MLNet.Tests.Notebooks;

/// <summary>Runs every cell of a notebook and keeps what it showed, as .NET notebooks store it.</summary>
internal static class NotebookRun
{
    /// <summary>The notebook with new outputs.</summary>
    /// <param name="path">The notebook.</param>
    /// <param name="done">Told of each cell when it is done.</param>
    /// <exception cref="CellException">A cell does not work.</exception>
    public static async Task<Notebook> Run(string path, Action<string> done)
    {
        ScriptKernel kernel = new(capture: true);
        Queue<CodeCell> code = new(CodeDocument.Read(path));
        List<NotebookCell> cells = [];
        foreach (NotebookCell cell in Notebook.Read(path).Cells)
        {
            if (!cell.IsCode)
            {
                cells.Add(cell);
                continue;
            }

            CodeCell next = code.Dequeue();
            CellOutput output = await kernel.Run(next).ConfigureAwait(false);
            cells.Add(cell with { Outputs = Stored(output, cells.Count(one => one.IsCode) + 1) });
            done(next.Title);
        }

        return new(cells);
    }

    private static JsonArray Stored(CellOutput output, int count)
    {
        JsonArray stored = [];
        if (output.Text.Length > 0)
            stored.Add((JsonNode)new JsonObject
            {
                ["name"] = "stdout",
                ["output_type"] = "stream",
                ["text"] = Notebook.Lines(Portable(output.Text)),
            });
        if (output.Value is { } value)
        {
            JsonObject data = [];
            foreach (string mimeType in Formatter.GetPreferredMimeTypesFor(value.GetType()))
                data[mimeType] = Notebook.Lines(Portable(value.ToDisplayString(mimeType)));
            stored.Add((JsonNode)new JsonObject
            {
                ["data"] = data,
                ["execution_count"] = count,
                ["metadata"] = new JsonObject(),
                ["output_type"] = "execute_result",
            });
        }

        return stored;
    }

    // Where it was run says nothing to a reader.
    private static string Portable(string text) =>
        text.ReplaceLineEndings("\n").Replace(Directory.GetCurrentDirectory() + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
}
