using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Smml.MLNet.Tests.Notebooks;

/// <summary>A cell of a notebook.</summary>
/// <param name="IsCode">Whether it is code, else Markdown.</param>
/// <param name="Source">Its text.</param>
internal sealed record NotebookCell(bool IsCode, string Source)
{
    /// <summary>What it showed when it was run last, as the file stores it.</summary>
    public JsonArray Outputs { get; init; } = [];
}

/// <summary>A notebook file: nbformat 4 with C# cells.</summary>
internal sealed class Notebook(IReadOnlyList<NotebookCell> cells)
{
    private static readonly JsonSerializerOptions s_format = new()
    {
        WriteIndented = true,
        IndentSize = 1,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public IReadOnlyList<NotebookCell> Cells { get; } = cells;

    public static Notebook Read(string path) => Parse(File.ReadAllText(path));

    public static Notebook Parse(string json)
    {
        JsonNode root = JsonNode.Parse(json)!;
        return new([
            .. root["cells"]!.AsArray().Select(cell => new NotebookCell((string?)cell!["cell_type"] == "code", Text(cell["source"]!))
            {
                Outputs = cell["outputs"]?.DeepClone().AsArray() ?? [],
            }),
        ]);
    }

    /// <summary>A text of the file, which may be stored line by line.</summary>
    public static string Text(JsonNode node) =>
        node is JsonArray lines ? string.Concat(lines.Select(line => (string?)line)) : (string?)node ?? "";

    /// <summary>A text as the file stores it.</summary>
    public static JsonArray Lines(string text)
    {
        string[] lines = text.Split('\n');
        return
        [
            .. lines
                .Select((line, index) => (JsonNode)(index + 1 < lines.Length ? line + "\n" : line))
                .Where(line => ((string?)line)!.Length > 0),
        ];
    }

    public void Write(string path) => File.WriteAllText(path, ToJson().ToJsonString(s_format) + "\n");

    private JsonObject ToJson()
    {
        int count = 0;
        return new()
        {
            ["cells"] = new JsonArray([.. Cells.Select((cell, index) => ToJson(cell, index, cell.IsCode ? ++count : 0))]),
            ["metadata"] = new JsonObject
            {
                ["kernelspec"] = new JsonObject { ["display_name"] = ".NET (C#)", ["language"] = "C#", ["name"] = ".net-csharp" },
                ["language_info"] = new JsonObject
                {
                    ["file_extension"] = ".cs",
                    ["mimetype"] = "text/x-csharp",
                    ["name"] = "C#",
                    ["pygments_lexer"] = "csharp",
                    ["version"] = "14.0",
                },
            },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        };
    }

    private static JsonObject ToJson(NotebookCell cell, int index, int count)
    {
        JsonObject json = new()
        {
            ["cell_type"] = cell.IsCode ? "code" : "markdown",
            ["id"] = FormattableString.Invariant($"cell-{index + 1}"),
            ["metadata"] = cell.IsCode
                ? new JsonObject
                {
                    ["dotnet_interactive"] = new JsonObject { ["language"] = "csharp" },
                    ["polyglot_notebook"] = new JsonObject { ["kernelName"] = "csharp" },
                }
                : new JsonObject(),
            ["source"] = Lines(cell.Source),
        };
        if (cell.IsCode)
        {
            json["execution_count"] = count;
            json["outputs"] = cell.Outputs.DeepClone();
        }

        return json;
    }
}
