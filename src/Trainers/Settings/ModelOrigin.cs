namespace Smml.MLNet;

/// <summary>Where the weights of a model come from that was not trained from fresh weights by this library.</summary>
public sealed record ModelOrigin
{
    /// <summary>The files, in the order in which they were given.</summary>
    public required IReadOnlyList<OriginFile> Files { get; init; }

    /// <summary>Corrected, or as the released code behaves, where the weights do not tell.</summary>
    public required Fidelity Fidelity { get; init; }

    /// <summary>The epoch that the file names; null where it names none.</summary>
    public int? Epoch { get; init; }

    /// <summary>What was assumed or left out, as sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A file of weights.</summary>
/// <param name="Name">Its name, without the folder.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
public sealed record OriginFile(string Name, string Sha256);
