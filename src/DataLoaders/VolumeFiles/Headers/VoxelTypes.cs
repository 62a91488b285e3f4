namespace Smml.MLNet.VolumeFiles;

/// <summary>What the data type codes of NIfTI mean, also of those that no scalar image has.</summary>
internal static class VoxelTypes
{
    public static int ByteSize(this VoxelType type) => type switch
    {
        VoxelType.UInt8 or VoxelType.Int8 => 1,
        VoxelType.Int16 or VoxelType.UInt16 => 2,
        VoxelType.Int32 or VoxelType.UInt32 or VoxelType.Float32 => 4,
        VoxelType.Int64 or VoxelType.UInt64 or VoxelType.Float64 or VoxelType.Complex64 => 8,
        VoxelType.Complex128 => 16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a voxel type."),
    };

    public static bool IsComplex(this VoxelType type) => type is VoxelType.Complex64 or VoxelType.Complex128;

    /// <summary>Whether a stored value can be NaN or infinite.</summary>
    public static bool IsFloating(this VoxelType type) => type is VoxelType.Float32 or VoxelType.Float64 || type.IsComplex();

    /// <summary>The name of a code that <see cref="VoxelType"/> does not hold, for messages.</summary>
    public static string NameOfUnsupported(int code) => code switch
    {
        1 => "binary, 1 bit a voxel",
        128 => "RGB colour",
        1536 => "float128",
        2048 => "complex256",
        2304 => "RGBA colour",
        _ => "unknown",
    };
}
