using Smml.MLNet.Volumes;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Opens NIfTI and ANALYZE files: the voxels behind the header (<c>.nii</c>), or in a file beside it (<c>.hdr</c> with
/// <c>.img</c>).</summary>
internal static class NiftiReader
{
    /// <summary>Reads the header and finds the voxels.</summary>
    /// <param name="input">The header's file, read as far as <paramref name="start"/>; taken over.</param>
    /// <param name="start">The header.</param>
    /// <param name="path">The header's path.</param>
    /// <param name="warnings">Receives a warning for each unusual property of the file.</param>
    /// <param name="needsVoxels">Whether a pair without its second file is refused.</param>
    /// <param name="chosen">Sform or qform where the file has both; null refuses contradictions.</param>
    /// <returns>The header, and the open file; null for a pair without its second file.</returns>
    /// <exception cref="FileNotFoundException">The voxels' file of a pair is missing.</exception>
    /// <exception cref="VolumeFormatException">The header is damaged, unsupported, or announces more than the file can hold.</exception>
    public static (VolumeHeader Header, VolumeSource? Source) Open(
        InputFile input, ReadOnlySpan<byte> start, string path, VolumeWarnings warnings, bool needsVoxels, OrientationSource? chosen)
    {
        NiftiKind kind = NiftiKind.Of(start, path);
        NiftiFields fields = kind.HeaderSize == NiftiFields.HeaderSize1
            ? NiftiFields.Parse1(start, kind.IsBigEndian)
            : NiftiFields.Parse2(start, kind.IsBigEndian);
        if (!kind.IsPair)
            return OpenSingle(input, fields, kind, path, warnings, chosen);
        if (NiftiPair.DataOf(path) is { } dataPath)
            return OpenPair(input, fields, kind, (path, dataPath), warnings, chosen);

        VolumeHeader alone = NiftiHeaderReader.Read(fields, kind, path, "", isCompressed: false, warnings, chosen);
        if (needsVoxels)
        {
            throw new FileNotFoundException(
                $"{path}: the voxels of this pair are missing, expected the file .img (or .img.gz) beside it. Copy both files.", path);
        }

        warnings.Add("The voxels of this pair, the file .img beside it, are missing.");
        input.Dispose();
        return (alone, null);
    }

    private static (VolumeHeader Header, VolumeSource Source) OpenSingle(
        InputFile input, NiftiFields fields, NiftiKind kind, string path, VolumeWarnings warnings, OrientationSource? chosen)
    {
        VolumeHeader header = NiftiHeaderReader.Read(fields, kind, path, path, input.IsCompressed, warnings, chosen);
        HeaderChecks.Size(header, input.LargestContent, input.Length);
        int ReadExactly(Span<byte> buffer) => input.Stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        if (NiftiExtensions.Skip(ReadExactly, header.VoxelOffset - kind.HeaderSize, kind.IsBigEndian) is { } oddity)
            warnings.Add(oddity);
        return (header, new(header, warnings, input, input.Stream));
    }

    private static (VolumeHeader Header, VolumeSource Source) OpenPair(
        InputFile input,
        NiftiFields fields,
        NiftiKind kind,
        (string Header, string Data) paths,
        VolumeWarnings warnings,
        OrientationSource? chosen)
    {
        InputFile data = InputFile.Open(paths.Data);
        try
        {
            VolumeHeader header = NiftiHeaderReader.Read(fields, kind, paths.Header, paths.Data, data.IsCompressed, warnings, chosen);
            HeaderChecks.Size(header, data.LargestContent, data.Length);
            if (!data.Skip(header.VoxelOffset))
            {
                throw new VolumeFormatException(
                    $"{paths.Data}: the file ends before byte {header.VoxelOffset}, where the voxels begin. "
                    + "It is cut short: copy or download it again.");
            }

            input.Dispose();
            return (header, new(header, warnings, data, data.Stream));
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }
}
