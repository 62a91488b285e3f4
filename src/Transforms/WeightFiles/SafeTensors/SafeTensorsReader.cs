using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

namespace Smml.MLNet.WeightFiles;

/// <summary>Finds the tensors of a <c>.safetensors</c> file: the length of a header, the header in JSON, the elements without
/// gaps.</summary>
/// <remarks>Source: the format's description in huggingface/safetensors, README.md.</remarks>
internal static class SafeTensorsReader
{
    private const int PrefixBytes = sizeof(ulong);
    private const int MaxHeaderBytes = 100_000_000;

    /// <summary>The tensors by name, in the order of the header.</summary>
    /// <param name="file">The file.</param>
    /// <param name="metadata">Receives the texts under <c>__metadata__</c>.</param>
    /// <exception cref="CheckpointFormatException">The header is damaged or does not fit the file.</exception>
    public static NamedValues Read(FileStream file, Dictionary<string, string> metadata)
    {
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(FileBytes.ReadAt(file, 0, PrefixBytes));
        if (length > MaxHeaderBytes || (long)length > file.Length - PrefixBytes)
            throw FileBytes.Damaged(
                file, $"its header of {length} bytes does not lie inside the file or is longer than {MaxHeaderBytes} bytes");
        byte[] header = FileBytes.ReadAt(file, PrefixBytes, (long)length);
        NamedValues tensors;
        try
        {
            if (!Utf8.IsValid(header))
                throw new FormatException("it is not UTF-8");
            tensors = new Parser(header, PrefixBytes + (long)length).Read(metadata);
        }
        catch (Exception error) when (error is (FormatException or JsonException or InvalidOperationException)
            and not CheckpointFormatException)
        {
            throw new CheckpointFormatException(
                $"{file.Name}: its header cannot be read: {error.Message} Download the file again, or save it again.", error);
        }

        CheckPlaces(file, tensors, PrefixBytes + (long)length);
        return tensors;
    }

    // The elements follow each other from the end of the header to the end of the file.
    private static void CheckPlaces(FileStream file, NamedValues tensors, long start)
    {
        long end = start;
        foreach ((string name, StoredTensor tensor) in tensors
            .Select(pair => (pair.Key, Tensor: (StoredTensor)pair.Value!))
            .OrderBy(one => one.Tensor.FileOffset)
            .ThenBy(one => one.Tensor.ByteCount))
        {
            if (tensor.FileOffset != end)
                throw FileBytes.Damaged(
                    file, $"the elements of {name} begin at byte {tensor.FileOffset}, expected {end}: they overlap others or leave a gap");
            end += tensor.ByteCount;
            if (end > file.Length)
                throw FileBytes.Damaged(file, $"the elements of {name} end at byte {end}");
        }

        if (end != file.Length)
            throw FileBytes.Damaged(file, $"the elements end at byte {end}");
    }

    private ref struct Parser(ReadOnlySpan<byte> header, long start)
    {
        private Utf8JsonReader _json = new(header);

        public NamedValues Read(Dictionary<string, string> metadata)
        {
            NamedValues tensors = [];
            bool hasMetadata = false;
            Expect(JsonTokenType.StartObject, "an object");
            while (NextName() is { } name)
            {
                bool isNew = name == "__metadata__" ? !hasMetadata : !tensors.ContainsKey(name);
                if (!isNew)
                    throw new FormatException($"it names {name} twice.");
                if (name == "__metadata__")
                {
                    hasMetadata = true;
                    ReadMetadata(metadata);
                }
                else
                {
                    tensors.Add(name, ReadTensor(name));
                }
            }

            return _json.Read() ? throw new FormatException("it has more than one object.") : tensors;
        }

        private void ReadMetadata(Dictionary<string, string> metadata)
        {
            Expect(JsonTokenType.StartObject, "an object under __metadata__");
            while (NextName() is { } key)
            {
                Expect(JsonTokenType.String, $"text under {key} of __metadata__");
                if (!metadata.TryAdd(key, _json.GetString()!))
                    throw new FormatException($"its __metadata__ names {key} twice.");
            }
        }

        private StoredTensor ReadTensor(string name)
        {
            string? type = null;
            long[]? shape = null, range = null;
            Expect(JsonTokenType.StartObject, $"an object under {name}");
            while (NextName() is { } key)
            {
                if (key == "dtype" && type is null)
                    type = ReadText(name);
                else if (key == "shape" && shape is null)
                    shape = ReadNumbers(name);
                else if (key == "data_offsets" && range is null)
                    range = ReadNumbers(name);
                else
                    throw new FormatException($"it has an unexpected or repeated {key} under {name}.");
            }

            if (type is null || shape is null || range is not [var begin, var end])
                throw new FormatException($"it lacks the dtype, shape or two data_offsets of {name}.");
            ElementType element = ElementTypes.OfSafeTensors(type);
            if (element == ElementType.Unsupported)
                throw new FormatException($"it has the dtype {type} for {name}, expected one of {ElementTypes.SafeTensorsNames}.");
            return Make(name, element, type, shape, begin, end);
        }

        private readonly StoredTensor Make(string name, ElementType element, string type, long[] shape, long begin, long end)
        {
            long[] strides = new long[shape.Length];
            Int128 count = 1;
            for (int axis = shape.Length - 1; axis >= 0; axis--)
            {
                strides[axis] = (long)count;
                count = Int128.Min(count * shape[axis], long.MaxValue);
            }

            if (begin > end || end > long.MaxValue - start || count * element.Size != end - begin)
                throw new FormatException(
                    $"it gives {name} of shape [{string.Join(", ", shape.Take(64))}] and dtype {type} the bytes {begin} to {end}.");
            StoredStorage storage = new(name, type, element, (long)count);
            storage.Locate(start + begin, end - begin);
            return new(storage, 0, shape, strides);
        }

        private string ReadText(string name)
        {
            Expect(JsonTokenType.String, $"text as the dtype of {name}");
            return _json.GetString()!;
        }

        private long[] ReadNumbers(string name)
        {
            List<long> numbers = [];
            Expect(JsonTokenType.StartArray, $"numbers under {name}");
            while (_json.Read() && _json.TokenType == JsonTokenType.Number)
            {
                numbers.Add(_json.TryGetInt64(out long number) && number >= 0
                    ? number
                    : throw new FormatException($"it has a number under {name} that is no size."));
            }

            return _json.TokenType == JsonTokenType.EndArray
                ? [.. numbers]
                : throw new FormatException($"expected numbers under {name}.");
        }

        // The next name of an object, or null at its end.
        private string? NextName() => _json.Read() && _json.TokenType == JsonTokenType.PropertyName ? _json.GetString() : null;

        private void Expect(JsonTokenType type, string what)
        {
            if (!_json.Read() || _json.TokenType != type)
                throw new FormatException($"expected {what}.");
        }
    }
}
