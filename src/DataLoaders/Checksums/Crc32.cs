using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;

namespace Smml.MLNet.Checksums;

/// <summary>The checksum of gzip (RFC 1952, polynomial 0xEDB88320 reflected), fed piece by piece.</summary>
internal struct Crc32
{
    private static readonly uint[] s_table = MakeTable();

    /// <summary>The checksum of what was appended so far.</summary>
    public uint Value { get; private set; }

    public void Append(ReadOnlySpan<byte> data)
    {
        uint state = ~Value;
        if (Pclmulqdq.IsSupported && BitConverter.IsLittleEndian && data.Length >= 128)
            state = Fold(state, ref data);
        if (ArmCrc32.Arm64.IsSupported)
        {
            for (; data.Length >= 8; data = data[8..])
                state = ArmCrc32.Arm64.ComputeCrc32(state, BinaryPrimitives.ReadUInt64LittleEndian(data));
        }

        Value = ~ByTable(state, data);
    }

    private static uint ByTable(uint state, ReadOnlySpan<byte> data)
    {
        foreach (byte value in data)
            state = s_table[(byte)(state ^ value)] ^ (state >> 8);
        return state;
    }

    // Carry-less multiplication folds the message 64 bytes at a time into 16 that have the same remainder (Gopal et al., Intel 2009).
    // A fold by n bytes multiplies the two halves by x^(8n+32) and x^(8n-32) modulo the polynomial, bits reflected.
    private static uint Fold(uint state, ref ReadOnlySpan<byte> data)
    {
        Vector128<ulong> by64 = Vector128.Create(0x154442BD4UL, 0x1C6E41596UL), by16 = Vector128.Create(0x1751997D0UL, 0x0CCAA009EUL);
        ReadOnlySpan<Vector128<ulong>> blocks = MemoryMarshal.Cast<byte, Vector128<ulong>>(data);
        Vector128<ulong> a = blocks[0] ^ Vector128.CreateScalar((ulong)state), b = blocks[1], c = blocks[2], d = blocks[3];
        int next = 4;
        for (; next + 4 <= blocks.Length; next += 4)
        {
            a = Multiply(a, by64) ^ blocks[next];
            b = Multiply(b, by64) ^ blocks[next + 1];
            c = Multiply(c, by64) ^ blocks[next + 2];
            d = Multiply(d, by64) ^ blocks[next + 3];
        }

        b ^= Multiply(a, by16);
        c ^= Multiply(b, by16);
        d ^= Multiply(c, by16);
        for (; next < blocks.Length; next++)
            d = Multiply(d, by16) ^ blocks[next];
        data = data[(next * 16)..];
        return ByTable(0, MemoryMarshal.AsBytes(new ReadOnlySpan<Vector128<ulong>>(in d)));
    }

    private static Vector128<ulong> Multiply(Vector128<ulong> value, Vector128<ulong> factors) =>
        Pclmulqdq.CarrylessMultiply(value, factors, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, factors, 0x11);

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
                value = (value >> 1) ^ (0xEDB88320 & (0 - (value & 1)));
            table[i] = value;
        }

        return table;
    }
}
