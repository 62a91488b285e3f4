using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Turns <see cref="float"/> voxels into a stored type and refuses values that the type cannot hold exactly.</summary>
internal static class VoxelEncoder
{
    /// <summary>Converts all of <paramref name="from"/>, little-endian.</summary>
    /// <exception cref="ArgumentException">A value does not fit the type.</exception>
    public static void Encode(ReadOnlySpan<float> from, VoxelType type, Span<byte> raw)
    {
        switch (type)
        {
            case VoxelType.UInt8: Whole<byte>(from, raw); break;
            case VoxelType.Int8: Whole<sbyte>(from, raw); break;
            case VoxelType.Int16: Whole<short>(from, raw); break;
            case VoxelType.UInt16: Whole<ushort>(from, raw); break;
            case VoxelType.Int32: Whole<int>(from, raw); break;
            case VoxelType.UInt32: Whole<uint>(from, raw); break;
            case VoxelType.Int64: Whole<long>(from, raw); break;
            case VoxelType.UInt64: Whole<ulong>(from, raw); break;
            case VoxelType.Float32: MemoryMarshal.AsBytes(from).CopyTo(raw); break;
            case VoxelType.Float64:
                Span<double> to = MemoryMarshal.Cast<byte, double>(raw);
                for (int i = 0; i < from.Length; i++)
                    to[i] = from[i];
                break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "Not a NIfTI data type.");
        }

        if (!BitConverter.IsLittleEndian)
            VoxelDecoder.ReverseBytes(raw, type.ByteSize());
    }

    private static void Whole<T>(ReadOnlySpan<float> from, Span<byte> raw)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        Span<T> to = MemoryMarshal.Cast<byte, T>(raw);
        double low = double.CreateTruncating(T.MinValue), end = double.CreateTruncating(T.MaxValue) + 1;
        for (int i = 0; i < from.Length; i++)
        {
            double value = from[i];
            if (!(value >= low && value < end && Math.Floor(value) == value))
            {
                throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"found the voxel value {from[i]}, expected whole numbers from {T.MinValue} to {T.MaxValue}. "
                    + $"Write the volume as {nameof(VoxelType.Float32)} instead."));
            }

            to[i] = T.CreateTruncating(value);
        }
    }
}
