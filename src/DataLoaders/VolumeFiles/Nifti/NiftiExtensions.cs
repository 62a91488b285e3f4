using System.Buffers.Binary;

namespace Smml.MLNet.VolumeFiles;

/// <summary>The bytes between header and voxels. Their sizes are checked and their contents skipped unread: a damaged extension must not
/// matter, and its text can name a person.</summary>
internal static class NiftiExtensions
{
    /// <summary>Skips to the voxels.</summary>
    /// <param name="read">Reads the next bytes and returns how many there were.</param>
    /// <param name="length">Bytes from the end of the header to the voxels.</param>
    /// <param name="bigEndian">The byte order of the header.</param>
    /// <returns>What is odd about the extensions, or null; <paramref name="length"/> bytes were read, or the file ended.</returns>
    public static string? Skip(ReadExactly read, long length, bool bigEndian)
    {
        Span<byte> word = stackalloc byte[8];
        long rest = length;
        if (rest < 4 || !Take(word[..4]))
            return null;
        string? oddity = null;
        bool any = word[0] != 0;
        for (int count = 0; any && rest >= 8 && oddity is null; count++)
        {
            if (!Take(word))
                return null;
            long size = bigEndian ? BinaryPrimitives.ReadInt32BigEndian(word) : BinaryPrimitives.ReadInt32LittleEndian(word);
            if (size == 0 && count > 0)
                break; // zeros behind the last extension
            if (size < 16 || size % 16 != 0 || size - 8 > rest)
                oddity = $"A header extension claims {size} bytes where {rest + 8} are left; all extensions are ignored.";
            else if (!Pass(size - 8))
                return null;
        }

        Pass(rest);
        return oddity;

        bool Take(Span<byte> target)
        {
            rest -= target.Length;
            return read(target) == target.Length;
        }

        bool Pass(long count)
        {
            Span<byte> scratch = stackalloc byte[1024];
            while (count > 0)
            {
                Span<byte> part = scratch[..(int)Math.Min(scratch.Length, count)];
                if (!Take(part))
                    return false;
                count -= part.Length;
            }

            return true;
        }
    }

    /// <summary>Fills a buffer from the file; returns fewer bytes only at its end.</summary>
    public delegate int ReadExactly(Span<byte> buffer);
}
