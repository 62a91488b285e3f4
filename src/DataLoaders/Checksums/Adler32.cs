namespace Smml.MLNet.Checksums;

/// <summary>The checksum of zlib (RFC 1950, section 8.2), fed piece by piece.</summary>
internal struct Adler32
{
    private const uint Modulus = 65521;

    // The largest number of bytes after which both sums still fit 32 bits.
    private const int Run = 5552;

    private uint _first = 1;
    private uint _second;

    public Adler32()
    {
    }

    /// <summary>The checksum of what was appended so far.</summary>
    public readonly uint Value => (_second << 16) | _first;

    public void Append(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            ReadOnlySpan<byte> part = data[..Math.Min(Run, data.Length)];
            foreach (byte value in part)
            {
                _first += value;
                _second += _first;
            }

            _first %= Modulus;
            _second %= Modulus;
            data = data[part.Length..];
        }
    }
}
