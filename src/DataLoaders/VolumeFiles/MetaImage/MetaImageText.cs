using System.Text;

namespace Smml.MLNet.VolumeFiles;

/// <summary>The lines <c>Key = value</c> at the beginning of a MetaImage, up to <c>ElementDataFile</c>, which is the last one.</summary>
internal sealed class MetaImageText
{
    private const int MaxHeaderBytes = 1 << 16;

    // What a key is also called (the MetaIO documentation and files seen).
    private static readonly Dictionary<string, string> s_aliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ElementByteOrderMSB"] = "BinaryDataByteOrderMSB",
        ["Position"] = "Offset",
        ["Origin"] = "Offset",
        ["Rotation"] = "TransformMatrix",
        ["Orientation"] = "TransformMatrix",
    };

    private readonly Dictionary<string, string> _values;

    private MetaImageText(Dictionary<string, string> values, long length)
    {
        _values = values;
        Length = length;
    }

    /// <summary>Bytes of the header, the end of its last line included.</summary>
    public long Length { get; }

    /// <summary>The value of a key under its first name, or null.</summary>
    public string? this[string key] => _values.GetValueOrDefault(key);

    /// <summary>Whether a file's beginning is such text.</summary>
    public static bool IsMetaImage(ReadOnlySpan<byte> start)
    {
        int end = start.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? start : start[..end];
        int sign = line.IndexOf((byte)'=');
        if (sign < 1)
            return false;
        string key = Encoding.Latin1.GetString(line[..sign]).Trim();
        return key.Length > 0 && key.All(char.IsAsciiLetterOrDigit)
            && (start.IndexOf("NDims"u8) >= 0
                || start.IndexOf("DimSize"u8) >= 0
                || start.IndexOf("ElementType"u8) >= 0
                || start.StartsWith("ObjectType"u8));
    }

    /// <summary>Reads the text.</summary>
    /// <exception cref="VolumeFormatException">A line is none, a key has two values, or <c>ElementDataFile</c> does not come.</exception>
    public static MetaImageText Read(Stream stream, string path)
    {
        Dictionary<string, string> values = new(StringComparer.OrdinalIgnoreCase);
        List<byte> line = [];
        for (long length = 1; length <= MaxHeaderBytes; length++)
        {
            int value = stream.ReadByte();
            if (value >= 0 && value != '\n')
            {
                line.Add((byte)value);
                continue;
            }

            string text = Encoding.Latin1.GetString([.. line]).Trim();
            line.Clear();
            if (text.Length > 0)
            {
                string key = Add(text, values, path);
                if (key.Equals("ElementDataFile", StringComparison.OrdinalIgnoreCase))
                    return new(values, length);
            }

            if (value < 0)
                break;
        }

        throw HeaderChecks.Refuse(path, $"the MetaImage header has no line ElementDataFile in its first {MaxHeaderBytes} bytes");
    }

    private static string Add(string text, Dictionary<string, string> values, string path)
    {
        int sign = text.IndexOf('=', StringComparison.Ordinal);
        string key = sign < 1 ? "" : text[..sign].Trim();
        if (key.Length == 0 || !key.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-'))
            throw HeaderChecks.Refuse(path, "the MetaImage header has a line that is not 'Key = value' before ElementDataFile");
        string name = s_aliases.GetValueOrDefault(key, key);
        string value = text[(sign + 1)..].Trim();
        return values.TryAdd(name, value) || values[name].Equals(value, StringComparison.Ordinal)
            ? name
            : throw HeaderChecks.Refuse(path, $"the MetaImage header has two different values of {name}");
    }
}
