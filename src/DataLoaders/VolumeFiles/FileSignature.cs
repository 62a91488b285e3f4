using System.Text;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Says what a file is that is not NIfTI, so that the message can name the way out.</summary>
internal static class FileSignature
{
    private const string Convert = "Convert it to NIfTI-1 (.nii or .nii.gz) first";

    /// <summary>What the first bytes of a (inflated) file look like, and what to do about it.</summary>
    public static string Describe(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
            return "found a file that was compressed twice. Unpack it once";
        if (start.Length >= 132 && start.Slice(128, 4).SequenceEqual("DICM"u8))
            return "found DICOM. Convert it with dcm2niix first";
        if (start.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47]))
            return "found a PNG picture. Give the NIfTI file";
        if (start.StartsWith("PK"u8))
            return "found a zip archive. Unpack it first";
        string text = Encoding.Latin1.GetString(start[..Math.Min(start.Length, 300)]);
        if (text.Contains("NDims", StringComparison.Ordinal) || text.Contains("DimSize", StringComparison.Ordinal))
            return $"found MetaImage. {Convert}";
        if (start.Length < 348)
            return $"found {start.Length} bytes, expected a header of 348. Copy or download the file again";
        return $"found the first bytes {System.Convert.ToHexString(start[..8])}, expected a header size of 348 (5C010000 or 0000015C). The file is not NIfTI or its header is damaged";
    }

    /// <summary>Why a header of 540 bytes is refused.</summary>
    public static string DescribeNifti2(ReadOnlySpan<byte> start) =>
        start.Length >= 12 && start.Slice(4, 3).SequenceEqual("n+2"u8) && !start.Slice(4, 8).SequenceEqual("n+2\0\r\n\u001a\n"u8)
            ? "found NIfTI-2 whose signature was changed by a transfer in text mode. Copy the file again in binary mode"
            : $"found NIfTI-2, which is not supported. {Convert}";

    /// <summary>Why a 348-byte header with another signature is refused.</summary>
    public static string DescribeMagic(ReadOnlySpan<byte> magic) => magic switch
    {
        _ when magic.SequenceEqual("ni1\0"u8) => $"found the header of a pair (.hdr and .img), which is not supported. {Convert}",
        _ when magic.SequenceEqual("\0\0\0\0"u8) => $"found no NIfTI signature at byte 344 (ANALYZE 7.5, whose orientation is not known). {Convert}",
        _ => $"found the signature {System.Convert.ToHexString(magic)} at byte 344, expected 6E2B3100 (n+1). The header is damaged: copy the file again",
    };
}
