using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Smml.MLNet;

/// <summary>Writes a part of a model as its own type, with the method's name inside it; SMML's without, as versions
/// wrote it that knew no other method.</summary>
/// <remarks>Reading needs the list of methods, which is above this folder: see <c>MethodPartReader</c>.</remarks>
internal class MethodPartWriter<T> : JsonConverter<T>
    where T : class, IMethodPart
{
    /// <summary>The property with the method's name.</summary>
    public const string Discriminator = "method";

    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException($"{typeof(T).Name} is read with the list of methods only.");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        JsonObject own = JsonSerializer.SerializeToNode(value, value.GetType(), options)!.AsObject();
        if (value.Method.Key != MethodName.Unnamed)
            own.Insert(0, Discriminator, value.Method.Key);
        own.WriteTo(writer, options);
    }
}
