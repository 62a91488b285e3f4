namespace Smml.MLNet.Volumes;

/// <summary>What a warning about a file concerns, for code that treats some warnings in its own way.</summary>
internal enum VolumeWarningKind
{
    /// <summary>Any other property of the file.</summary>
    Other,

    /// <summary>The header does not say how the voxels lie in the patient.</summary>
    Orientation,

    /// <summary>The header says in two ways how the voxels lie, and the two are not equal.</summary>
    TwoPositions,
}

/// <summary>An unusual property of a file that could be read.</summary>
/// <param name="Kind">What the warning concerns.</param>
/// <param name="Text">One sentence; it does not name the file.</param>
internal sealed record VolumeWarning(VolumeWarningKind Kind, string Text);
