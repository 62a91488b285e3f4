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

    /// <summary>Which of both a NIfTI file is placed by that has an sform and a qform. It is saved with the model.</summary>
    /// <value><see cref="Smml.MLNet.OrientationSource.Sform"/>, <see cref="Smml.MLNet.OrientationSource.Qform"/>, or null (default): the
    /// sform, and a file in which the two contradict each other about left and right, anterior and posterior, or superior and inferior is
    /// refused. A smaller difference is a warning.</value>
    public OrientationSource? OrientationSource { get; init; }

    internal void Validate() => StageOptions.Check(
        nameof(LoadVolumesOptions),
        Columns,
        (RootDirectory?.Trim().Length == 0, "RootDirectory is empty, expected a folder or null"),
        (!Enum.IsDefined(Orientation), $"Orientation is {Orientation}, expected Canonical or AsStored"),
        (OrientationSource is not (null or Smml.MLNet.OrientationSource.Sform or Smml.MLNet.OrientationSource.Qform),
            $"OrientationSource is {OrientationSource}, expected Sform, Qform or null"),
        (LabelConvention is not null && !IsKnown(LabelConvention),
            $"LabelConvention is '{LabelConvention}', expected one of {string.Join(", ", Smml.MLNet.LabelConvention.Known)} or null"));

    private static bool IsKnown(string name) =>
        Smml.MLNet.LabelConvention.Known.Any(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
