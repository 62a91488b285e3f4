using Smml.MLNet.Volumes;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Finds out by its content which format a file has, and reads its header.</summary>
internal static class VolumeOpener
{
    /// <summary>Opens a file to read its voxels.</summary>
    /// <param name="path">The file; of a pair either one.</param>
    /// <param name="chosen">Sform or qform where a NIfTI file has both; null refuses contradictions.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or the voxels' file of a pair is missing.</exception>
    /// <exception cref="VolumeFormatException">The file is damaged, unsupported, or announces more than it can hold.</exception>
    public static VolumeSource Open(string path, OrientationSource? chosen) => Open(path, needsVoxels: true, chosen).Source!;

    /// <summary>Reads the header only; a pair may lack its second file.</summary>
    public static VolumeHeader ReadHeader(string path, OrientationSource? chosen)
    {
        (VolumeHeader header, VolumeSource? source) = Open(path, needsVoxels: false, chosen);
        source?.Dispose();
        return header;
    }

    private static (VolumeHeader Header, VolumeSource? Source) Open(string path, bool needsVoxels, OrientationSource? chosen)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PositionComparison.Check(chosen);
        string headerPath = File.Exists(path) ? NiftiPair.HeaderOf(path) : path;
        InputFile input = InputFile.Open(headerPath);
        try
        {
            byte[] start = new byte[NiftiFields.HeaderSize2];
            int length = input.Stream.ReadAtLeast(
                start.AsSpan(0, NiftiFields.HeaderSize1), NiftiFields.HeaderSize1, throwOnEndOfStream: false);
            VolumeWarnings warnings = new();
            WarnOfName(headerPath, input.IsCompressed, warnings);
            if (NiftiKind.Sniff(start.AsSpan(0, length)) is { } nifti && length >= NiftiFields.HeaderSize1)
            {
                if (nifti.Size > length)
                    length += input.Stream.ReadAtLeast(start.AsSpan(length), nifti.Size - length, throwOnEndOfStream: false);
                return NiftiReader.Open(input, start.AsSpan(0, length), headerPath, warnings, needsVoxels, chosen);
            }

            if (MetaImageText.IsMetaImage(start.AsSpan(0, length)))
            {
                VolumeSource source = MetaImageReader.Open(input, headerPath, warnings);
                return (source.Header, source);
            }

            throw new VolumeFormatException($"{path}: {FileSignature.Describe(start.AsSpan(0, length))}.");
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    private static void WarnOfName(string path, bool isCompressed, VolumeWarnings warnings)
    {
        bool named = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        if (named != isCompressed)
        {
            warnings.Add(isCompressed
                ? "The file is compressed with gzip although its name does not end in .gz."
                : "The file is not compressed although its name ends in .gz.");
        }
    }
}
