using System.Text.Json;
using System.Text.Json.Serialization;

namespace Smml.MLNet.Modalities;

/// <summary>Writes a set as its text, the empty one as <c>none</c>.</summary>
internal sealed class ModalitySetJsonConverter : JsonConverter<ModalitySet>
{
    private const string Nothing = "none";

    public override ModalitySet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string text = reader.GetString() ?? Nothing;
        return text == Nothing ? ModalitySet.None : ModalitySet.Parse(text);
    }

    public override void Write(Utf8JsonWriter writer, ModalitySet value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());

    public override ModalitySet ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Read(ref reader, typeToConvert, options);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, ModalitySet value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.ToString());
}
