using System.Buffers.Binary;

namespace Smml.MLNet.VolumeFiles;

/// <summary>What the first bytes of a file say it is: version, byte order, one file or a pair.</summary>
/// <param name="Format">NIfTI-1, NIfTI-2 or ANALYZE 7.5.</param>
/// <param name="IsBigEndian">The byte order of the header and of the voxels.</param>
/// <param name="IsPair">Whether the voxels are in a file of their own.</param>
internal sealed record NiftiKind(VolumeFileFormat Format, bool IsBigEndian, bool IsPair)
{
    public int HeaderSize => Format == VolumeFileFormat.Nifti2 ? NiftiFields.HeaderSize2 : NiftiFields.HeaderSize1;

    /// <summary>ANALYZE 7.5 has other fields where NIfTI has units, quaternion and affine.</summary>
    public bool HasOrientation => Format != VolumeFileFormat.Analyze75;

    /// <summary>Recognises a header by its size field.</summary>
    /// <returns>348 or 540 with the byte order in which that size stands; null when the bytes are no such header.</returns>
    public static (int Size, bool IsBigEndian)? Sniff(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4)
            return null;
        int size = BinaryPrimitives.ReadInt32LittleEndian(bytes), swapped = BinaryPrimitives.ReverseEndianness(size);
        return size is NiftiFields.HeaderSize1 or NiftiFields.HeaderSize2 ? (size, false)
            : swapped is NiftiFields.HeaderSize1 or NiftiFields.HeaderSize2 ? (swapped, true)
            : null;
    }

    /// <summary>Recognises a header.</summary>
    /// <param name="bytes">At least as many bytes as the header's size.</param>
    /// <param name="path">The file; the name of an ANALYZE header must end in <c>.hdr</c>, for the format has no signature.</param>
    /// <exception cref="VolumeFormatException">The signature is none of NIfTI's.</exception>
    public static NiftiKind Of(ReadOnlySpan<byte> bytes, string path)
    {
        (int size, bool isBigEndian) = Sniff(bytes) ?? throw new ArgumentException("Not a NIfTI header.", nameof(bytes));
        if (bytes.Length < size)
            throw new VolumeFormatException(
                $"{path}: found {bytes.Length} bytes, expected a header of {size}. The file is cut short: copy or download it again.");
        if (size == NiftiFields.HeaderSize2)
        {
            ReadOnlySpan<byte> signature = bytes.Slice(4, 8);
            if (!signature[4..].SequenceEqual("\r\n\u001a\n"u8) && (signature.StartsWith("n+2"u8) || signature.StartsWith("ni2"u8)))
                throw new VolumeFormatException(
                    $"{path}: found NIfTI-2 whose signature was changed by a transfer in text mode ({Convert.ToHexString(signature)}). "
                    + "Copy the file again in binary mode.");
            return new(VolumeFileFormat.Nifti2, isBigEndian, IsPairSignature(signature[..4], (byte)'2', path, 4));
        }

        ReadOnlySpan<byte> magic = bytes.Slice(344, 4);
        if (magic.SequenceEqual("\0\0\0\0"u8) && NiftiPair.IsHeaderName(path))
            return new(VolumeFileFormat.Analyze75, isBigEndian, IsPair: true);
        return new(VolumeFileFormat.Nifti1, isBigEndian, IsPairSignature(magic, (byte)'1', path, 344));
    }

    private static bool IsPairSignature(ReadOnlySpan<byte> magic, byte version, string path, int offset)
    {
        if (magic.SequenceEqual((ReadOnlySpan<byte>)[(byte)'n', (byte)'+', version, 0]))
            return false;
        if (!magic.SequenceEqual((ReadOnlySpan<byte>)[(byte)'n', (byte)'i', version, 0]))
        {
            string hint = magic.SequenceEqual("\0\0\0\0"u8) ? " An ANALYZE 7.5 header must be named .hdr, with its .img beside it." : "";
            throw new VolumeFormatException(
                $"{path}: found the signature {Convert.ToHexString(magic)} at byte {offset}, "
                + $"expected {Convert.ToHexString([(byte)'n', (byte)'+', version, 0])} (n+{(char)version}). "
                + $"The header is damaged: copy the file again.{hint}");
        }

        return NiftiPair.IsHeaderName(path)
            ? true
            : throw new VolumeFormatException(
                $"{path}: found the header of a pair (ni{(char)version}), expected a name that ends in .hdr, "
                + "with the voxels in the .img beside it. Rename both files, or export the image as one .nii.");
    }
}
