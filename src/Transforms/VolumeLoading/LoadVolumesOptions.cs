using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Options of <c>LoadVolumes</c>.</summary>
public sealed record LoadVolumesOptions
{
    /// <summary>The folder in which relative paths of the data begin. It is saved with the model.</summary>
    /// <value>Null (default) for the current folder of the process.</value>
    public string? RootDirectory { get; init; }

    /// <summary>The columns to write.</summary>
    /// <value>Default: the names of the modalities, and <c>Label</c>. If <see cref="VolumeColumns.Label"/> is null, no label is read and
    /// the data need no such column.</value>
    public VolumeColumns Columns { get; init; } = new();

    /// <summary>The order in which the voxels are delivered. Results are written in the order of the file in any case.</summary>
    /// <value>Default: <see cref="VolumeOrientation.Canonical"/>.</value>
    public VolumeOrientation Orientation { get; init; }

    /// <summary>The name of the <see cref="Smml.MLNet.LabelConvention"/> of rows that name none in their column LabelConvention.</summary>
    /// <value>The name of a known convention, in any case. Null (default): a label without a convention is refused, because its values
    /// alone do not say what they mean.</value>
    public string? LabelConvention { get; init; }

    internal void Validate() => StageOptions.Check(
        nameof(LoadVolumesOptions),
        Columns,
        (RootDirectory?.Trim().Length == 0, "RootDirectory is empty, expected a folder or null"),
        (!Enum.IsDefined(Orientation), $"Orientation is {Orientation}, expected Canonical or AsStored"),
        (LabelConvention is not null && !IsKnown(LabelConvention),
            $"LabelConvention is '{LabelConvention}', expected one of {string.Join(", ", Smml.MLNet.LabelConvention.Known)} or null"));

    private static bool IsKnown(string name) =>
        Smml.MLNet.LabelConvention.Known.Any(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
