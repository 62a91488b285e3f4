using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Options of <c>DropModalities</c>.</summary>
public sealed record DropModalitiesOptions
{
    /// <summary>The modalities to remove. At least one must stay.</summary>
    /// <value>Zero to three modalities. Required: there is no default.</value>
    public required ModalitySet Missing { get; init; }

    /// <summary>The columns of the scans. The label is not read.</summary>
    /// <value>Default: the names of the modalities.</value>
    public VolumeColumns Columns { get; init; } = new();

    internal void Validate() => StageOptions.Check(
        nameof(DropModalitiesOptions),
        Columns,
        (Missing == ModalitySet.All, "Missing names all four modalities, expected at most three: a case needs one scan"));
}
