using System.Text;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Says what a file is that is no volume file we read, so that the message can name the way out.</summary>
internal static class FileSignature
{
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
        if (start.StartsWith("NRRD000"u8))
            return "found NRRD, which is not supported. Convert it to NIfTI (.nii.gz) first";
        if (start.StartsWith((ReadOnlySpan<byte>)[0x89, 0x48, 0x44, 0x46]))
            return "found HDF5 (MINC 2, perhaps), which is not supported. Convert it to NIfTI (.nii.gz) first";
        if (start.StartsWith("version https://git-lfs"u8))
            return "found a Git LFS pointer, not the file itself. Fetch it with 'git lfs pull'";
        if (start.Length < NiftiFields.HeaderSize1)
            return $"found {start.Length} bytes, expected a header of {NiftiFields.HeaderSize1}. Copy or download the file again";
        bool isText = start[..64].IndexOfAnyExceptInRange((byte)9, (byte)126) < 0;
        string found = isText
            ? $"the text '{Encoding.ASCII.GetString(start[..16]).ReplaceLineEndings(" ").Trim()}...'"
            : $"the first bytes {Convert.ToHexString(start[..8])}";
        return $"found {found}, "
            + "expected NIfTI (a header size of 348 or 540), ANALYZE 7.5 or MetaImage. The file is none of them, or its header is damaged";
    }
}
