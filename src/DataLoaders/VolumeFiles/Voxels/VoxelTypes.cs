namespace Smml.MLNet.VolumeFiles;

/// <summary>What the data type codes of NIfTI mean, also of those that no scalar image has.</summary>
internal static class VoxelTypes
{
    public static int ByteSize(this VoxelType type) => type switch
    {
        VoxelType.UInt8 or VoxelType.Int8 => 1,
        VoxelType.Int16 or VoxelType.UInt16 => 2,
        VoxelType.Int32 or VoxelType.UInt32 or VoxelType.Float32 => 4,
        VoxelType.Int64 or VoxelType.UInt64 or VoxelType.Float64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a NIfTI data type."),
    };

    /// <summary>The name of a code that <see cref="VoxelType"/> does not hold, for messages.</summary>
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
