using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Smml.MLNet.Checksums;

namespace Smml.MLNet;

/// <summary>What a saved stage knows about itself: one line of versioned JSON inside the model zip.</summary>
/// <remarks>For example <c>{"format":1,"stage":"crop-foreground","sha256":"...","options":{...}}</c>. The hash is that of the options'
/// text, so that a damaged model is noticed before it computes anything.</remarks>
internal sealed class StageHeader
{
    /// <summary>The newest format that this version writes and reads.</summary>
    public const int CurrentFormat = 1;

    // An unknown option must not be ignored silently: the stage would compute something else than the saved one.
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter() },
    };

    private StageHeader(string stage, string options, string json)
    {
        Stage = stage;
        Options = options;
        Json = json;
    }

    /// <summary>The stage's name, for example <c>crop-foreground</c>.</summary>
    public string Stage { get; }

    /// <summary>The text of the options object.</summary>
    public string Options { get; }

    /// <summary>The whole header.</summary>
    public string Json { get; }

    /// <summary>Writes the header of a stage.</summary>
    public static StageHeader Create<TOptions>(string stage, TOptions options)
    {
        string text = JsonSerializer.Serialize(options, s_json);
        string name = JsonSerializer.Serialize(stage);
        return new(stage, text, $$"""{"format":{{CurrentFormat}},"stage":{{name}},"sha256":"{{Hash(text)}}","options":{{text}}}""");
    }

    /// <summary>Reads a header and checks its format and its hash.</summary>
    /// <exception cref="InvalidDataException">The header was written by a newer version, or its text was damaged.</exception>
    public static StageHeader Parse(ReadOnlyMemory<char> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            int format = root.GetProperty("format").GetInt32();
            if (format > CurrentFormat)
                throw new InvalidDataException($"The model was written by format {format}, this version reads up to {CurrentFormat}: "
                    + "update the package Smml.MLNet.");
            string stage = root.GetProperty("stage").GetString() ?? "";
            string options = root.GetProperty("options").GetRawText();
            string expected = root.GetProperty("sha256").GetString() ?? "";
            if (!Hash(options).Equals(expected, StringComparison.Ordinal))
                throw Damaged($"the options of the stage '{stage}' have the SHA-256 {Hash(options)}, expected {expected}", null);
            return new(stage, options, json.ToString());
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Damaged("its header is not the JSON that Smml.MLNet writes", error);
        }
    }

    /// <summary>How options are read some of whose parts have a way of their own.</summary>
    public static JsonSerializerOptions JsonWith(params JsonConverter[] converters)
    {
        JsonSerializerOptions json = new(s_json);
        foreach (JsonConverter converter in converters)
            json.Converters.Insert(0, converter);
        return json;
    }

    /// <summary>The options of a stage.</summary>
    /// <param name="stage">The stage that asks; the header must be one of that stage.</param>
    /// <param name="json">Made by <see cref="JsonWith"/>; null for the ordinary way.</param>
    /// <exception cref="InvalidDataException">The header belongs to another stage or has options that this version does not
    /// know.</exception>
    public TOptions Read<TOptions>(string stage, JsonSerializerOptions? json = null)
    {
        if (!Stage.Equals(stage, StringComparison.Ordinal))
            throw Damaged($"found the header of the stage '{Stage}', expected '{stage}'", null);
        try
        {
            return JsonSerializer.Deserialize<TOptions>(Options, json ?? s_json)
                ?? throw Damaged($"the stage '{stage}' has no options", null);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"The stage '{stage}' of the model has options that this version cannot read ({error.Message}): "
                + "update the package Smml.MLNet.", error);
        }
    }

    private static string Hash(string text) => Sha256.Hex(Encoding.UTF8.GetBytes(text));

    private static InvalidDataException Damaged(string found, Exception? inner) =>
        new($"The model is damaged: {found}. Take the file from its source again, or save the model again.", inner);
}
