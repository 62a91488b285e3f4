using System.Text.Json.Nodes;

namespace Smml.MLNet.Tests.Notebooks;

/// <summary>A piece of code that is run in one go.</summary>
/// <param name="Document">The name of the file that it is in.</param>
/// <param name="Name">What it is called there, for example <c>cell 4</c>; null if the file is one piece.</param>
/// <param name="Code">The code.</param>
internal sealed record CodeCell(string Document, string? Name, string Code)
{
    /// <summary>Where it is, for a message.</summary>
    public string Title => Name is null ? Document : $"{Document}, {Name}";
}

/// <summary>What a cell showed.</summary>
/// <param name="Text">What it wrote to the console.</param>
/// <param name="Value">The value of its last expression by MIME type; null if there is none.</param>
internal sealed record CellOutput(string Text, IReadOnlyDictionary<string, string>? Value)
{
    /// <summary>The output as a notebook file stores it.</summary>
    /// <param name="count">The number of the cell.</param>
    public JsonArray ToJson(int count)
    {
        JsonArray stored = [];
        if (Text.Length > 0)
            stored.Add((JsonNode)new JsonObject
            {
                ["name"] = "stdout",
                ["output_type"] = "stream",
                ["text"] = Notebook.Lines(Portable(Text)),
            });
        if (Value is not null)
            stored.Add((JsonNode)new JsonObject
            {
                ["data"] = new JsonObject(Value.Select(format =>
                    KeyValuePair.Create(format.Key, (JsonNode?)Notebook.Lines(Portable(format.Value))))),
                ["execution_count"] = count,
                ["metadata"] = new JsonObject(),
                ["output_type"] = "execute_result",
            });
        return stored;
    }

    // Where it was run says nothing to a reader.
    private static string Portable(string text) =>
        text.ReplaceLineEndings("\n").Replace(Directory.GetCurrentDirectory() + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
}

/// <summary>A cell that does not work. The message says where and why.</summary>
internal sealed class CellException : Exception
{
    public CellException()
    {
    }

    public CellException(string message)
        : base(message)
    {
    }

    public CellException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}
