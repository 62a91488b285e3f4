using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Smml.MLNet.CommandLine;

/// <summary>JSON as scripts expect it: camelCase, shapes as [x, y, z], names instead of enum numbers.</summary>
internal static class JsonFormat
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // paths stay readable; nothing is put into HTML
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new ShapeConverter() },
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, s_options);

    private sealed class ShapeConverter : JsonConverter<VolumeShape>
    {
        public override VolumeShape Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("Shapes are only written.");

        public override void Write(Utf8JsonWriter writer, VolumeShape value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            for (int axis = 0; axis < 3; axis++)
                writer.WriteNumberValue(value[axis]);
            writer.WriteEndArray();
        }
    }
}
