namespace Smml.MLNet.Nifti;

/// <summary>What the data type codes of NIfTI mean, also of those that no scalar image has.</summary>
internal static class NiftiDataTypes
{
    public static int ByteSize(this NiftiDataType type) => type switch
    {
        NiftiDataType.UInt8 or NiftiDataType.Int8 => 1,
        NiftiDataType.Int16 or NiftiDataType.UInt16 => 2,
        NiftiDataType.Int32 or NiftiDataType.UInt32 or NiftiDataType.Float32 => 4,
        NiftiDataType.Int64 or NiftiDataType.UInt64 or NiftiDataType.Float64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a NIfTI data type."),
    };

    /// <summary>The name of a code that <see cref="NiftiDataType"/> does not hold, for messages.</summary>
    public static string NameOfUnsupported(int code) => code switch
    {
        1 => "binary, 1 bit a voxel",
        32 => "complex64",
        128 => "RGB colour",
        1536 => "float128",
        1792 => "complex128",
        2048 => "complex256",
        2304 => "RGBA colour",
        _ => "unknown",
    };
}
