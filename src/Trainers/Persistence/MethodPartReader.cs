using System.Text.Json;
using System.Text.Json.Nodes;

namespace Smml.MLNet.Persistence;

/// <summary>Reads a part of a model as the record of the method that its text names, of SMML if it names none.</summary>
/// <param name="typeOf">The method's record.</param>
internal sealed class MethodPartReader<T>(Func<SegmentationMethod, Type> typeOf) : MethodPartWriter<T>
    where T : class, IMethodPart
{
    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (JsonNode.Parse(ref reader) is not JsonObject part)
            throw new JsonException($"{typeof(T).Name} is no object");
        string key = part[Discriminator]?.GetValue<string>() ?? MethodName.Unnamed;
        part.Remove(Discriminator);
        SegmentationMethod method = SegmentationMethods.Find(key) ?? throw new JsonException(
            $"the method '{key}' is not known here, "
            + $"expected one of {string.Join(", ", SegmentationMethods.All.Select(one => one.Name.Key))}");
        return (T?)part.Deserialize(typeOf(method), options);
    }
}
