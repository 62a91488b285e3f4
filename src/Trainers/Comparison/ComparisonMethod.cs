namespace Smml.MLNet;

/// <summary>A method of a comparison.</summary>
/// <param name="Name">Its name in tables and files; each method of a comparison has its own.</param>
/// <param name="Options">How it is trained; epochs, steps, batch and seed are set by the comparison, see
/// <see cref="ComparisonOptions"/>.</param>
public sealed record ComparisonMethod(string Name, SegmentationTrainerOptions Options)
{
    /// <summary>A method under its own name.</summary>
    public ComparisonMethod(SegmentationTrainerOptions options)
        : this(options?.Method.Title ?? throw new ArgumentNullException(nameof(options)), options)
    {
    }

    /// <summary>A method as the command line names it, for example <c>rfnet</c>; <c>smml:reference</c>
    /// trains as the released code behaves.</summary>
    /// <param name="text">A key of <see cref="SegmentationMethods.All"/>, perhaps with <c>:reference</c>.</param>
    /// <param name="size">The size of the network.</param>
    /// <exception cref="FormatException">There is no such method; the message lists them.</exception>
    public static ComparisonMethod Parse(string text, NetworkSize size)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split(':');
        SegmentationMethod method = SegmentationMethods.Parse(parts[0]);
        return parts switch
        {
            [_] => new(method.CreateOptions(size)),
            [_, var word] when word.Equals("reference", StringComparison.OrdinalIgnoreCase) =>
                new($"{method.Name.Title} (reference)", method.CreateOptions(size, Fidelity.Reference)),
            _ => throw new FormatException($"'{text}' is no method. Expected {method.Name.Key} or {method.Name.Key}:reference."),
        };
    }

    /// <summary>The name of its files.</summary>
    internal string Key =>
        string.Concat(Name.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')).Trim('-');
}
