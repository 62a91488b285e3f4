using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Turns stored voxels into <see cref="float"/>: y = slope * x + intercept in double precision, rounded once.</summary>
internal static class VoxelDecoder
{
    /// <summary>Converts as many voxels as <paramref name="to"/> holds.</summary>
    /// <param name="raw">The stored bytes; reversed in place when their byte order is not this machine's.</param>
    /// <param name="header">Type, byte order and scaling.</param>
    /// <param name="to">Takes one value a voxel.</param>
    public static void Decode(Span<byte> raw, VolumeHeader header, Span<float> to)
    {
        if (header.IsBigEndian == BitConverter.IsLittleEndian)
            ReverseBytes(raw, header.DataType.ByteSize());
        switch (header.DataType)
        {
            case VoxelType.UInt8: Convert<byte>(raw, header, to); break;
            case VoxelType.Int8: Convert<sbyte>(raw, header, to); break;
            case VoxelType.Int16: Convert<short>(raw, header, to); break;
            case VoxelType.UInt16: Convert<ushort>(raw, header, to); break;
            case VoxelType.Int32: Convert<int>(raw, header, to); break;
            case VoxelType.UInt32: Convert<uint>(raw, header, to); break;
            case VoxelType.Int64: Convert<long>(raw, header, to); break;
            case VoxelType.UInt64: Convert<ulong>(raw, header, to); break;
            case VoxelType.Float32: Convert<float>(raw, header, to); break;
            case VoxelType.Float64: Convert<double>(raw, header, to); break;
            default: throw new ArgumentOutOfRangeException(nameof(header), header.DataType, "Not a NIfTI data type.");
        }
    }

    /// <summary>Reverses the byte order of every element.</summary>
    public static void ReverseBytes(Span<byte> raw, int elementSize)
    {
        switch (elementSize)
        {
            case 2:
                Span<ushort> two = MemoryMarshal.Cast<byte, ushort>(raw);
                BinaryPrimitives.ReverseEndianness(two, two);
                break;
            case 4:
                Span<uint> four = MemoryMarshal.Cast<byte, uint>(raw);
                BinaryPrimitives.ReverseEndianness(four, four);
                break;
            case 8:
                Span<ulong> eight = MemoryMarshal.Cast<byte, ulong>(raw);
                BinaryPrimitives.ReverseEndianness(eight, eight);
                break;
        }
    }

    private static void Convert<T>(ReadOnlySpan<byte> raw, VolumeHeader header, Span<float> to)
        where T : unmanaged, INumberBase<T>
    {
        ReadOnlySpan<T> from = MemoryMarshal.Cast<byte, T>(raw)[..to.Length];
        int i = 0;
        if (!header.IsScaled)
        {
            if (typeof(T) == typeof(short))
                i = WidenInt16(MemoryMarshal.Cast<T, short>(from), to);
            for (; i < to.Length; i++)
                to[i] = float.CreateTruncating(from[i]);
            return;
        }

        double slope = header.Slope, intercept = header.Intercept;
        for (; i < to.Length; i++)
            to[i] = (float)((slope * double.CreateTruncating(from[i])) + intercept);
    }

    // The one type that nearly all BraTS images have; the others convert fast enough one by one.
    private static int WidenInt16(ReadOnlySpan<short> from, Span<float> to)
    {
        int i = 0;
        for (; i + Vector<short>.Count <= from.Length; i += Vector<short>.Count)
        {
            Vector.Widen(new Vector<short>(from[i..]), out Vector<int> low, out Vector<int> high);
            Vector.ConvertToSingle(low).CopyTo(to[i..]);
            Vector.ConvertToSingle(high).CopyTo(to[(i + Vector<int>.Count)..]);
        }

        return i;
    }
}
