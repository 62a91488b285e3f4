using CsCheck;
using Smml.MLNet.Checksums;

namespace Smml.MLNet.Tests.Checksums;

public sealed class Crc32Tests
{
    [Fact]
    public void The_check_value_of_the_standard_is_met()
    {
        Crc32 checksum = default;
        checksum.Append("123456789"u8);
        Assert.Equal(0xCBF43926u, checksum.Value);
    }

    [Fact]
    public void Pieces_of_any_length_give_the_same_as_bit_by_bit() =>
        Gen.Byte.Array[0, 1000].Array[0, 4].Sample(pieces =>
        {
            Crc32 checksum = default;
            uint slow = uint.MaxValue;
            foreach (byte[] piece in pieces)
            {
                checksum.Append(piece);
                foreach (byte value in piece)
                {
                    slow ^= value;
                    for (int bit = 0; bit < 8; bit++)
                        slow = (slow >> 1) ^ ((slow & 1) == 0 ? 0 : 0xEDB88320);
                }
            }

            return checksum.Value == ~slow;
        });
}
