namespace Smml.MLNet;

/// <summary>In which order <c>LoadVolumes</c> delivers the voxels of a file.</summary>
public enum VolumeOrientation
{
    /// <summary>The index axes run to the left, to posterior and to superior (LPS), as in BraTS files, which are therefore not touched.
    /// Axes are swapped and mirrored, nothing is interpolated: an oblique scan takes the nearest order. A file that does not say how it
    /// lies stays as stored.</summary>
    Canonical,

    /// <summary>As in the file, which is what the released code does. A model sees a scan stored otherwise than
    /// its training data mirrored or lying.</summary>
    AsStored,
}
