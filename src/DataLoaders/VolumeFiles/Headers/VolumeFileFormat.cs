namespace Smml.MLNet;

/// <summary>The file formats that <see cref="VolumeFile"/> reads. The content of a file decides, not its name.</summary>
public enum VolumeFileFormat
{
    /// <summary>NIfTI-1, a header of 348 bytes (<c>nifti1.h</c>): one file (<c>.nii</c>), or a pair (<c>.hdr</c> and
    /// <c>.img</c>).</summary>
    Nifti1,

    /// <summary>NIfTI-2, a header of 540 bytes (<c>nifti2.h</c>): one file or a pair.</summary>
    Nifti2,

    /// <summary>ANALYZE 7.5, a pair that does not know left from right.</summary>
    Analyze75,

    /// <summary>MetaImage, a text header (<c>.mha</c> with the voxels behind it, <c>.mhd</c> with a voxel file beside it).</summary>
    MetaImage,
}
