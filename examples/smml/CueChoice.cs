using System.Globalization;

namespace Smml.MLNet.CommandLine;

/// <summary>Where cues for training come from, as the command line names it.</summary>
/// <param name="Name">The source with all that decides what the cues are, for example <c>phantom:1</c>.</param>
/// <param name="Open">Makes the provider.</param>
internal sealed record CueChoice(string Name, Func<ICueProvider> Open)
{
    /// <summary>How a user may write a source, for help and messages.</summary>
    public const string Known = "phantom[:SEED]";

    /// <summary>Parses what the user wrote after --cues.</summary>
    /// <exception cref="FormatException">There is no such source.</exception>
    public static CueChoice Parse(string text) => text.Split(':', 2) switch
    {
        ["phantom"] => Parse("phantom:1"),
        ["phantom", var seed] when long.TryParse(seed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) => new($"phantom:{value}", () => new PhantomCueProvider(value)),
        _ => throw new FormatException($"--cues is '{text}', expected {Known}."),
    };
}
