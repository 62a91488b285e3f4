namespace Smml.MLNet;

/// <summary>The types of stored voxels; the values are the codes of <c>nifti1.h</c>.</summary>
public enum VoxelType
{
    /// <summary>Unsigned, 1 byte, 0 to 255. The usual type of a label volume.</summary>
    UInt8 = 2,

    /// <summary>Signed, 2 bytes. The usual type of a BraTS image.</summary>
    Int16 = 4,

    /// <summary>Signed, 4 bytes.</summary>
    Int32 = 8,

    /// <summary>IEEE 754, 4 bytes.</summary>
    Float32 = 16,

    /// <summary>Two <see cref="Float32"/>, real and imaginary part; read as the magnitude, never written.</summary>
    Complex64 = 32,

    /// <summary>IEEE 754, 8 bytes.</summary>
    Float64 = 64,

    /// <summary>Signed, 1 byte, -128 to 127.</summary>
    Int8 = 256,

    /// <summary>Unsigned, 2 bytes.</summary>
    UInt16 = 512,

    /// <summary>Unsigned, 4 bytes.</summary>
    UInt32 = 768,

    /// <summary>Signed, 8 bytes.</summary>
    Int64 = 1024,

    /// <summary>Unsigned, 8 bytes.</summary>
    UInt64 = 1280,

    /// <summary>Two <see cref="Float64"/>, real and imaginary part; read as the magnitude, never written.</summary>
    Complex128 = 1792,
}
