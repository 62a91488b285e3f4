using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Options of <c>LoadVolumes</c>.</summary>
public sealed record LoadVolumesOptions
{
    /// <summary>The folder that relative paths in the data begin at; it is saved with the model. Null: the process's current folder.</summary>
    public string? RootDirectory { get; init; }

    /// <summary>The columns to write. Where <see cref="VolumeColumns.Label"/> is null no label is read and the data need no such column.</summary>
    public VolumeColumns Columns { get; init; } = new();

    /// <summary>In which order the voxels come; results are written in the order of the file, whatever this is.</summary>
    public VolumeOrientation Orientation { get; init; }

    /// <summary>The name of the <see cref="Smml.MLNet.LabelConvention"/> of rows that name none in their column LabelConvention. Null (default): a label without a
    /// convention is refused, for its values alone do not say what they mean.</summary>
    public string? LabelConvention { get; init; }

    internal void Validate() => StageOptions.Check(
        nameof(LoadVolumesOptions),
        Columns,
        (RootDirectory?.Trim().Length == 0, "RootDirectory is empty, expected a folder or null"),
        (!Enum.IsDefined(Orientation), $"Orientation is {Orientation}, expected Canonical or AsStored"),
        (LabelConvention is not null && !Smml.MLNet.LabelConvention.Known.Any(known => known.Name.Equals(LabelConvention, StringComparison.OrdinalIgnoreCase)),
            $"LabelConvention is '{LabelConvention}', expected one of {string.Join(", ", Smml.MLNet.LabelConvention.Known)} or null"));
}
