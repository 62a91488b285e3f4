using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Options of <c>DropModalities</c>.</summary>
public sealed record DropModalitiesOptions
{
    /// <summary>The modalities to take away; at least one must stay. None takes nothing away.</summary>
    public required ModalitySet Missing { get; init; }

    /// <summary>The columns of the scans.</summary>
    public VolumeColumns Columns { get; init; } = new();

    internal void Validate() => StageOptions.Check(
        nameof(DropModalitiesOptions), Columns, (Missing == ModalitySet.All, "Missing names all four modalities, expected at most three: a case needs one scan"));
}
