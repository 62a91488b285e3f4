using System.Text.Json;
using System.Text.Json.Serialization;

namespace Smml.MLNet.Training;

/// <summary>Reads the losses of an epoch as the first format wrote them too: an object of labels and
/// values, all of two students of SMML.</summary>
internal sealed class LossValuesConverter : JsonConverter<IReadOnlyList<LossValue>>
{
    public override IReadOnlyList<LossValue> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            Written[] losses = JsonSerializer.Deserialize<Written[]>(ref reader, options)!;
            return [.. losses.Select(loss => new LossValue(loss.Name, loss.Network, loss.Role, loss.Value))];
        }

        Dictionary<string, double> first = JsonSerializer.Deserialize<Dictionary<string, double>>(ref reader, options)!;
        return [.. first.Select(pair => FirstFormat(pair.Key, pair.Value))];
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<LossValue> value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value.Select(loss => new Written(loss.Name, loss.Network, loss.Role, loss.Value)), options);

    // For example "segmentation 1".
    private static LossValue FirstFormat(string label, double value)
    {
        int blank = label.LastIndexOf(' ');
        string name = label[..blank];
        LossRole role = name switch { "segmentation" => LossRole.Segmentation, "total" => LossRole.Total, _ => LossRole.Part };
        return new(name, int.Parse(label.AsSpan(blank + 1), System.Globalization.CultureInfo.InvariantCulture), role, value);
    }

    /// <summary>A term without its label, which follows from the rest.</summary>
    private sealed record Written(string Name, int? Network, LossRole Role, double Value);
}
