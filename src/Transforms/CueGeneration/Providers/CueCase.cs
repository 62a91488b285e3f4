using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>One training case for which cues are made.</summary>
public sealed class CueCase
{
    private readonly VolumeSet _volumes;

    /// <summary>Makes a case.</summary>
    /// <param name="name">The name of the case, for file names, seeds and messages.</param>
    /// <param name="scans">The four scans in the order of <see cref="Modality"/>, on one grid; null where missing.</param>
    /// <param name="label">The expert segmentation on the same grid.</param>
    /// <param name="convention">How the label is written.</param>
    /// <param name="prediction">A prediction on the same grid, in the same convention; null where there is none.</param>
    /// <exception cref="ArgumentException">There are not four entries, no scan at all, or the grids differ in shape or offset.</exception>
    /// <exception cref="InvalidDataException">The label has a value that the convention does not know.</exception>
    public CueCase(string name, IReadOnlyList<Volume?> scans, Volume label, LabelConvention convention, Volume? prediction = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(scans);
        ArgumentNullException.ThrowIfNull(label);
        ArgumentNullException.ThrowIfNull(convention);
        if (prediction is not null && prediction.Shape != label.Shape)
        {
            throw new ArgumentException(
                $"{name}: found a prediction of {prediction.Shape} and a label of {label.Shape}, expected one grid. "
                    + "Give both in the preprocessed space.",
                nameof(prediction));
        }

        try
        {
            _volumes = new(scans, label, $"{name}:");
        }
        catch (InvalidDataException error)
        {
            throw new ArgumentException(error.Message, nameof(scans), error);
        }

        Name = name;
        Label = label;
        Convention = convention;
        Classes = convention.ToClasses(label);
        PredictedClasses = prediction is null ? null : convention.ToClasses(prediction);
    }

    /// <summary>The name of the case.</summary>
    public string Name { get; }

    /// <summary>The expert segmentation.</summary>
    public Volume Label { get; }

    /// <summary>How the label is written.</summary>
    public LabelConvention Convention { get; }

    /// <summary>The grid of all volumes of the case.</summary>
    public VolumeGrid Grid => Label.Grid;

    /// <summary>A scan; null where it is missing.</summary>
    public Volume? this[Modality modality] => _volumes[modality];

    /// <summary>The class of each voxel.</summary>
    internal byte[] Classes { get; }

    /// <summary>The predicted class of each voxel; null where there is no prediction.</summary>
    internal byte[]? PredictedClasses { get; }
}
