using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Smml.MLNet.Files;

namespace Smml.MLNet.WeightFiles;

/// <summary>Writes <c>.safetensors</c> files. Equal input gives equal bytes.</summary>
internal static class SafeTensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Writes tensors. The header has the order that is given; the elements lie by descending size of one element, so that each
    /// tensor is aligned.</summary>
    /// <param name="path">The file to create or to replace as a whole; its folder must exist.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="metadata">Texts for <c>__metadata__</c>; null for none.</param>
    /// <exception cref="ArgumentException">A name stands twice, or a shape or type cannot be written.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<WeightTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        WeightTensor[] all = [.. tensors];
        WeightTensor.Check(all);
        if (all.Any(tensor => tensor.Name == "__metadata__"))
            throw new ArgumentException("found a tensor named __metadata__, expected another name.", nameof(tensors));
        WeightTensor[] placed = [.. all.OrderByDescending(tensor => tensor.Type.Size)];
        Dictionary<string, long> offsets = new(StringComparer.Ordinal);
        long end = 0;
        foreach (WeightTensor tensor in placed)
        {
            offsets.Add(tensor.Name, end);
            end = checked(end + tensor.ByteCount);
        }

        byte[] header = Header(all, offsets, metadata);
        SafeFile.Replace(path, file =>
        {
            file.Write(header);
            foreach (WeightTensor tensor in placed)
                tensor.CopyTo(file.Write);
        });
    }

    private static byte[] Header(
        WeightTensor[] tensors, Dictionary<string, long> offsets, IReadOnlyDictionary<string, string>? metadata)
    {
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter json = new(text))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                    json.WriteString(key, value);
                json.WriteEndObject();
            }

            foreach (WeightTensor tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type.SafeTensorsName);
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", [offsets[tensor.Name], offsets[tensor.Name] + tensor.ByteCount]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        int length = (text.WrittenCount + Alignment - 1) / Alignment * Alignment;
        byte[] header = new byte[sizeof(ulong) + length];
        header.AsSpan().Fill((byte)' ');
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)length);
        text.WrittenSpan.CopyTo(header.AsSpan(sizeof(ulong)));
        return header;
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
