namespace Smml.MLNet;

/// <summary>Which part of a header gives the position of its voxels.</summary>
public enum OrientationSource
{
    /// <summary>None: voxel sizes only. Left and right are not known; the affine is a guess (first axis to the left, centred).</summary>
    Unknown,

    /// <summary>The quaternion of <c>qform_code</c> (method 2 of <c>nifti1.h</c>).</summary>
    Qform,

    /// <summary>The affine of <c>sform_code</c> (method 3 of <c>nifti1.h</c>), which wins over the quaternion.</summary>
    Sform,

    /// <summary>The direction cosines of a MetaImage (<c>TransformMatrix</c>; identity in LPS where the header has none, as ITK reads
    /// it).</summary>
    Direction,
}
