using System.Globalization;

namespace Smml.MLNet.CommandLine;

/// <summary>The parts of a split.</summary>
internal enum SplitPart
{
    Train,
    Validation,
    Test,
}

/// <summary>A split as the command line names it.</summary>
/// <param name="Make">Makes the split of the cases of a folder.</param>
internal sealed record SplitChoice(Func<IReadOnlyList<BraTSCase>, BraTSSplit> Make)
{
    /// <summary>Reads what stands behind <c>--split</c>.</summary>
    /// <exception cref="FormatException">There is no such split.</exception>
    public static SplitChoice Parse(string text) => text.Split(':') switch
    {
        ["2018", "1" or "2" or "3"] => new(_ => BraTSSplit.BraTS2018(text[^1] - '0')),
        ["2020"] => new(_ => BraTSSplit.BraTS2020()),
        ["random", var seed] when long.TryParse(seed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) =>
            new(cases => BraTSSplit.Random(cases, value)),
        _ => throw new FormatException($"--split is '{text}', expected 2018:1, 2018:2, 2018:3, 2020 or random:SEED, for example random:7."),
    };

    /// <summary>The split of a published experiment; null where none was published.</summary>
    public static SplitChoice? Published(BraTS? edition) =>
        edition switch { BraTS.Y2018 => Parse("2018:1"), BraTS.Y2020 => Parse("2020"), _ => null };

    /// <summary>The cases of one part.</summary>
    public IReadOnlyList<BraTSCase> Take(IReadOnlyList<BraTSCase> cases, SplitPart part, bool allowMissing)
    {
        BraTSSplitCases parts = Make(cases).Apply(cases, allowMissing);
        return part switch
        {
            SplitPart.Train => parts.Train,
            SplitPart.Validation => parts.Validation,
            _ => parts.Test,
        };
    }
}
