using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Turns stored voxels into numbers: y = slope * x + intercept in double precision, rounded once.</summary>
internal static class VoxelDecoder
{
    /// <summary>Converts as many voxels as <paramref name="to"/> holds.</summary>
    /// <typeparam name="TOut"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="raw">The stored bytes; reversed in place when their byte order is not this machine's.</param>
    /// <param name="header">Type, byte order and scaling.</param>
    /// <param name="to">Takes one value a voxel.</param>
    public static void Decode<TOut>(Span<byte> raw, VolumeHeader header, Span<TOut> to)
        where TOut : unmanaged, IBinaryFloatingPointIeee754<TOut>
    {
        if (header.IsBigEndian == BitConverter.IsLittleEndian)
            ReverseBytes(raw, header.DataType.IsComplex() ? header.DataType.ByteSize() / 2 : header.DataType.ByteSize());
        switch (header.DataType)
        {
            case VoxelType.UInt8: Convert<byte, TOut>(raw, header, to); break;
            case VoxelType.Int8: Convert<sbyte, TOut>(raw, header, to); break;
            case VoxelType.Int16: Convert<short, TOut>(raw, header, to); break;
            case VoxelType.UInt16: Convert<ushort, TOut>(raw, header, to); break;
            case VoxelType.Int32: Convert<int, TOut>(raw, header, to); break;
            case VoxelType.UInt32: Convert<uint, TOut>(raw, header, to); break;
            case VoxelType.Int64: Convert<long, TOut>(raw, header, to); break;
            case VoxelType.UInt64: Convert<ulong, TOut>(raw, header, to); break;
            case VoxelType.Float32: Convert<float, TOut>(raw, header, to); break;
            case VoxelType.Float64: Convert<double, TOut>(raw, header, to); break;
            case VoxelType.Complex64: Magnitude<float, TOut>(raw, header, to); break;
            case VoxelType.Complex128: Magnitude<double, TOut>(raw, header, to); break;
            default: throw new ArgumentOutOfRangeException(nameof(header), header.DataType, "Not a voxel type.");
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

    /// <summary>How many values are NaN or infinite.</summary>
    public static long CountNonFinite(ReadOnlySpan<float> values)
    {
        long count = 0;
        int i = 0;
        Vector<int> exponent = new(0x7F800000);
        for (; i + Vector<int>.Count <= values.Length; i += Vector<int>.Count)
        {
            Vector<int> bits = Vector.AsVectorInt32(new Vector<float>(values[i..])) & exponent;
            if (Vector.EqualsAny(bits, exponent))
                count -= Vector.Sum(Vector.Equals(bits, exponent));
        }

        for (; i < values.Length; i++)
            count += float.IsFinite(values[i]) ? 0 : 1;
        return count;
    }

    private static void Convert<T, TOut>(ReadOnlySpan<byte> raw, VolumeHeader header, Span<TOut> to)
        where T : unmanaged, INumberBase<T>
        where TOut : unmanaged, IBinaryFloatingPointIeee754<TOut>
    {
        ReadOnlySpan<T> from = MemoryMarshal.Cast<byte, T>(raw)[..to.Length];
        int i = 0;
        if (!header.IsScaled)
        {
            if (typeof(T) == typeof(TOut))
            {
                MemoryMarshal.Cast<T, TOut>(from).CopyTo(to);
                return;
            }

            if (typeof(T) == typeof(short) && typeof(TOut) == typeof(float))
                i = WidenInt16(MemoryMarshal.Cast<T, short>(from), MemoryMarshal.Cast<TOut, float>(to));
            for (; i < to.Length; i++)
                to[i] = TOut.CreateTruncating(from[i]);
            return;
        }

        double slope = header.Slope, intercept = header.Intercept;
        for (; i < to.Length; i++)
            to[i] = TOut.CreateTruncating((slope * double.CreateTruncating(from[i])) + intercept);
    }

    private static void Magnitude<T, TOut>(ReadOnlySpan<byte> raw, VolumeHeader header, Span<TOut> to)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOut : unmanaged, IBinaryFloatingPointIeee754<TOut>
    {
        ReadOnlySpan<T> from = MemoryMarshal.Cast<byte, T>(raw);
        for (int i = 0; i < to.Length; i++)
        {
            double real = double.CreateTruncating(from[2 * i]), imaginary = double.CreateTruncating(from[(2 * i) + 1]);
            to[i] = TOut.CreateTruncating((header.Slope * Math.Sqrt((real * real) + (imaginary * imaginary))) + header.Intercept);
        }
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
