using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Smml.MLNet.Volumes;

namespace Smml.MLNet.VolumeFiles;

/// <summary>The mark of this library in the field <c>descrip</c> of a NIfTI header: <c>Smml.MLNet segmentation crc32:0a1b2c3d</c>. Any
/// other text of the field is not kept, because it can name a person.</summary>
/// <remarks>The checksum covers the voxels as 32-bit floating-point numbers. A person who corrects a segmentation changes it, and the file
/// is no longer ours, even where the program kept the text.</remarks>
/// <param name="Origin">What the file was written as.</param>
/// <param name="Checksum">CRC-32 of the voxels; null where the mark has none.</param>
internal readonly record struct OriginMark(VolumeOrigin Origin, uint? Checksum)
{
    private const string Library = "Smml.MLNet ";
    private const string Crc = " crc32:";

    // descrip[80] of nifti1.h and nifti2.h
    private const int Offset1 = 148, Offset2 = 240, Length = 80;

    /// <summary>Reads the mark of a header; <see cref="VolumeOrigin.Other"/> where there is none.</summary>
    public static OriginMark Read(ReadOnlySpan<byte> header)
    {
        int offset = header.Length >= NiftiFields.HeaderSize2 ? Offset2 : Offset1;
        ReadOnlySpan<byte> field = header.Slice(offset, Length);
        int end = field.IndexOf((byte)0);
        string text = Encoding.ASCII.GetString(end < 0 ? field : field[..end]);
        if (!text.StartsWith(Library, StringComparison.Ordinal))
            return default;
        string[] parts = text[Library.Length..].Split(Crc);
        return Enum.TryParse(parts[0], ignoreCase: true, out VolumeOrigin origin) && Enum.IsDefined(origin)
            ? new(
                origin,
                parts.Length > 1 && uint.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)
                    ? value
                    : null)
            : default;
    }

    /// <summary>Writes the mark of a volume into a header; nothing for a volume of another origin.</summary>
    public static void Write(Volume volume, Span<byte> header)
    {
        if (volume.Origin == VolumeOrigin.Other)
            return;
        string name = volume.Origin.ToString().ToLowerInvariant();
        string text = volume.Origin == VolumeOrigin.Segmentation
            ? string.Create(CultureInfo.InvariantCulture, $"{Library}{name}{Crc}{ChecksumOf(volume.Voxels):x8}")
            : Library + name;
        Encoding.ASCII.GetBytes(text, header.Slice(header.Length >= NiftiFields.HeaderSize2 ? Offset2 : Offset1, Length));
    }

    /// <summary>The origin of voxels that were read from a file with this mark:
    /// <see cref="VolumeOrigin.Other"/> where they were changed.</summary>
    public VolumeOrigin Of(ReadOnlySpan<float> voxels) =>
        Origin == VolumeOrigin.Segmentation && Checksum != ChecksumOf(voxels) ? VolumeOrigin.Other : Origin;

    private static uint ChecksumOf(ReadOnlySpan<float> voxels) => Crc32.HashToUInt32(MemoryMarshal.AsBytes(voxels));
}
