using System.Collections;
using System.Numerics;
using System.Text.Json.Serialization;
using Smml.MLNet.Modalities;

namespace Smml.MLNet;

/// <summary>A subset of the four modalities, for example the scans that a hospital has of a patient.</summary>
/// <remarks>Bit i of <see cref="Bits"/> stands for the modality with value i. The empty set is allowed as a value; scoring refuses
/// it.</remarks>
[JsonConverter(typeof(ModalitySetJsonConverter))]
public readonly record struct ModalitySet : IEnumerable<Modality>
{
    /// <summary>How many modalities exist.</summary>
    public const int ModalityCount = 4;

    private static readonly ModalitySet[] s_paperOrder = FromCodes(
        "F", "c", "1", "2", "Fc", "12", "c1", "F2", "c2", "F1", "c12", "Fc2", "F12", "Fc1", "Fc12");

    private static readonly ModalitySet[] s_trainingOrder = FromCodes(
        "F", "c", "1", "2", "Fc", "F1", "F2", "c1", "c2", "12", "Fc1", "Fc2", "F12", "c12", "Fc12");

    private ModalitySet(int bits) => Bits = (byte)bits;

    /// <summary>No modality.</summary>
    public static ModalitySet None => default;

    /// <summary>All four modalities.</summary>
    public static ModalitySet All => new(0b1111);

    /// <summary>The 15 non-empty subsets in the column order of Table 1 of the SMML paper (AAAI 2025).</summary>
    public static IReadOnlyList<ModalitySet> Subsets => s_paperOrder;

    /// <summary>The 15 non-empty subsets in the order of the released code's <c>mask_array</c>, from which training masks are
    /// drawn.</summary>
    public static IReadOnlyList<ModalitySet> TrainingMasks => s_trainingOrder;

    /// <summary>The set as bits; bit i is the modality with value i.</summary>
    public byte Bits { get; }

    /// <summary>How many modalities the set holds, 0 to 4.</summary>
    public int Count => BitOperations.PopCount(Bits);

    /// <summary>The modalities that the set does not hold.</summary>
    public ModalitySet Complement => new(~Bits & 0b1111);

    /// <summary>Makes a set of the given modalities.</summary>
    public static ModalitySet Of(params ReadOnlySpan<Modality> modalities)
    {
        int bits = 0;
        foreach (Modality modality in modalities)
            bits |= 1 << (int)modality;
        return new(bits);
    }

    /// <summary>Reads names such as <c>flair,t1ce</c>, <c>Flair+T1ce</c> or <c>all</c>; case does not matter.</summary>
    /// <exception cref="FormatException">A name is not a modality.</exception>
    public static ModalitySet Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ModalitySet set = None;
        foreach (string name in text.Split([',', '+', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (name.Equals("all", StringComparison.OrdinalIgnoreCase))
                set = All;
            else if (!char.IsAsciiDigit(name[0]) && Enum.TryParse(name, ignoreCase: true, out Modality modality))
                set = set.With(modality);
            else
                throw new FormatException($"'{name}' is not a modality. Expected one or more of flair, t1ce, t1, t2 (separated by commas), "
                    + "or all.");
        }

        return set;
    }

    /// <summary>Whether the set holds the modality.</summary>
    public bool Contains(Modality modality) => (Bits & (1 << (int)modality)) != 0;

    /// <summary>Whether every modality of this set is also in the other.</summary>
    public bool IsSubsetOf(ModalitySet other) => (Bits & ~other.Bits) == 0;

    /// <summary>The set plus one modality.</summary>
    public ModalitySet With(Modality modality) => new(Bits | (1 << (int)modality));

    /// <summary>The set less the modalities of the other.</summary>
    public ModalitySet Except(ModalitySet other) => new(Bits & ~other.Bits);

    /// <summary>The modalities that both sets hold.</summary>
    public ModalitySet Intersect(ModalitySet other) => new(Bits & other.Bits);

    /// <summary>The names joined by <c>+</c>, for example <c>Flair+T1ce</c>; <c>none</c> for the empty set.</summary>
    public override string ToString() => Bits == 0 ? "none" : string.Join('+', this);

    /// <inheritdoc/>
    public IEnumerator<Modality> GetEnumerator()
    {
        for (int i = 0; i < ModalityCount; i++)
        {
            if (Contains((Modality)i))
                yield return (Modality)i;
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // One letter a modality: F Flair, c T1ce, 1 T1, 2 T2.
    private static ModalitySet[] FromCodes(params string[] codes) =>
        [.. codes.Select(code => new ModalitySet(code.Sum(letter => 1 << "Fc12".IndexOf(letter))))];
}
