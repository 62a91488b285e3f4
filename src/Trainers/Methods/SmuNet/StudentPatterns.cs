using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Smml.MLNet;

/// <summary>The incomplete subsets of the scans for which SMU-Net has a student each. The full subset is the teacher's.</summary>
/// <remarks>A value: two are equal if they hold the same subsets. In JSON a list of names such as <c>Flair+T1ce</c>.</remarks>
[JsonConverter(typeof(JsonForm))]
public readonly record struct StudentPatterns
{
    private readonly ushort _bits; // bit i stands for the subset with the bits i

    private StudentPatterns(ushort bits) => _bits = bits;

    /// <summary>All 14 incomplete subsets.</summary>
    public static StudentPatterns All { get; } = Of([.. ModalitySet.Subsets.Where(subset => subset != ModalitySet.All)]);

    /// <summary>How many subsets there are, 0 to 14.</summary>
    public int Count => BitOperations.PopCount(_bits);

    /// <summary>The subsets in the column order of Table 1 of the SMML paper.</summary>
    public IReadOnlyList<ModalitySet> Subsets => [.. ModalitySet.Subsets.Where(Contains)];

    /// <summary>Makes the collection of some subsets; the order does not matter.</summary>
    /// <exception cref="ArgumentException">One is empty, or has all four scans, which the teacher sees.</exception>
    public static StudentPatterns Of(params ReadOnlySpan<ModalitySet> subsets)
    {
        int bits = 0;
        foreach (ModalitySet subset in subsets)
        {
            if (subset == ModalitySet.None || subset == ModalitySet.All)
            {
                throw new ArgumentException(
                    $"'{subset}' is no pattern for a student. Expected one to three scans: the teacher sees all four.", nameof(subsets));
            }

            bits |= 1 << subset.Bits;
        }

        return new((ushort)bits);
    }

    /// <summary>Reads subsets that are separated by commas, such as <c>flair,t1ce+t2</c>, or <c>all</c>.</summary>
    /// <exception cref="FormatException">A name is no modality, or a subset is empty or full.</exception>
    public static StudentPatterns Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Trim().Equals("all", StringComparison.OrdinalIgnoreCase))
            return All;
        try
        {
            return Of([.. text.Split(',', StringSplitOptions.TrimEntries).Select(ModalitySet.Parse)]);
        }
        catch (ArgumentException exception)
        {
            throw new FormatException(exception.Message, exception);
        }
    }

    /// <summary>Whether a subset has a student.</summary>
    public bool Contains(ModalitySet subset) => (_bits & (1 << subset.Bits)) != 0;

    /// <summary>The subsets joined by commas.</summary>
    public override string ToString() => Count == 0 ? "none" : string.Join(", ", Subsets);

    private sealed class JsonForm : JsonConverter<StudentPatterns>
    {
        public override StudentPatterns Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            string[] names = JsonSerializer.Deserialize<string[]>(ref reader) ?? throw new JsonException("Expected a list of subsets.");
            try
            {
                return Of([.. names.Select(ModalitySet.Parse)]);
            }
            catch (Exception exception) when (exception is FormatException or ArgumentException)
            {
                throw new JsonException(exception.Message, exception);
            }
        }

        public override void Write(Utf8JsonWriter writer, StudentPatterns value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.Subsets.Select(subset => subset.ToString()).ToArray());
    }
}
