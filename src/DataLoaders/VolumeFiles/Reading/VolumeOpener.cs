namespace Smml.MLNet.VolumeFiles;

/// <summary>Finds out by its content which format a file has, and reads its header.</summary>
internal static class VolumeOpener
{
    /// <summary>Opens a file to read its voxels.</summary>
    /// <param name="path">The file; of a pair either one.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or the voxels' file of a pair is missing.</exception>
    /// <exception cref="VolumeFormatException">The file is damaged, unsupported, or announces more than it can hold.</exception>
    public static VolumeSource Open(string path) => Open(path, needsVoxels: true).Source!;

    /// <summary>Reads the header only; a pair may lack its second file.</summary>
    public static VolumeHeader ReadHeader(string path)
    {
        (VolumeHeader header, VolumeSource? source) = Open(path, needsVoxels: false);
        source?.Dispose();
        return header;
    }

    private static (VolumeHeader Header, VolumeSource? Source) Open(string path, bool needsVoxels)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string headerPath = File.Exists(path) ? NiftiPair.HeaderOf(path) : path;
        InputFile input = InputFile.Open(headerPath);
        try
        {
            byte[] start = new byte[NiftiFields.HeaderSize2];
            int length = input.Stream.ReadAtLeast(start.AsSpan(0, NiftiFields.HeaderSize1), NiftiFields.HeaderSize1, throwOnEndOfStream: false);
            List<string> warnings = [];
            WarnOfName(headerPath, input.IsCompressed, warnings);
            if (NiftiKind.Sniff(start.AsSpan(0, length)) is { } nifti && length >= NiftiFields.HeaderSize1)
            {
                if (nifti.Size > length)
                    length += input.Stream.ReadAtLeast(start.AsSpan(length), nifti.Size - length, throwOnEndOfStream: false);
                return OpenNifti(input, start.AsSpan(0, length), headerPath, warnings, needsVoxels);
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

    private static (VolumeHeader Header, VolumeSource? Source) OpenNifti(InputFile input, ReadOnlySpan<byte> start, string path, List<string> warnings, bool needsVoxels)
    {
        NiftiKind kind = NiftiKind.Of(start, path);
        NiftiFields fields = kind.HeaderSize == NiftiFields.HeaderSize1 ? NiftiFields.Parse1(start, kind.IsBigEndian) : NiftiFields.Parse2(start, kind.IsBigEndian);
        if (!kind.IsPair)
        {
            VolumeHeader single = NiftiHeaderReader.Read(fields, kind, path, path, input.IsCompressed, warnings);
            CheckSize(single, input.LargestContent, input.Length);
            if (NiftiExtensions.Skip(buffer => input.Stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false), single.VoxelOffset - kind.HeaderSize, kind.IsBigEndian) is { } oddity)
                warnings.Add(oddity);
            return (single, new(single, warnings, input, input.Stream));
        }

        string? dataPath = NiftiPair.DataOf(path);
        if (dataPath is null)
        {
            VolumeHeader alone = NiftiHeaderReader.Read(fields, kind, path, "", isCompressed: false, warnings);
            if (needsVoxels)
                throw new FileNotFoundException($"{path}: the voxels of this pair are missing, expected the file .img (or .img.gz) beside it. Copy both files.", path);
            warnings.Add("The voxels of this pair, the file .img beside it, are missing.");
            input.Dispose();
            return (alone, null);
        }

        InputFile data = InputFile.Open(dataPath);
        try
        {
            VolumeHeader header = NiftiHeaderReader.Read(fields, kind, path, dataPath, data.IsCompressed, warnings);
            CheckSize(header, data.LargestContent, data.Length);
            if (!data.Skip(header.VoxelOffset))
                throw new VolumeFormatException($"{dataPath}: the file ends before byte {header.VoxelOffset}, where the voxels begin. It is cut short: copy or download it again.");
            input.Dispose();
            return (header, new(header, warnings, data, data.Stream));
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a header that announces more than the file can hold.</summary>
    internal static void CheckSize(VolumeHeader header, Int128 possible, long onDisk)
    {
        Int128 claimed = (Int128)Math.Max(0, header.VoxelOffset) + header.VoxelBytes;
        if (claimed > possible)
        {
            throw new VolumeFormatException(
                $"{header.DataPath}: the header announces {string.Join('x', header.Dimensions)} voxels of {header.DataType} ({header.VoxelBytes} bytes from byte {header.VoxelOffset}), "
                + $"but the file has only {onDisk} bytes{(header.IsCompressed ? ", compressed" : "")}. It is cut short or damaged: copy or download it again.");
        }
    }

    private static void WarnOfName(string path, bool isCompressed, List<string> warnings)
    {
        bool named = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        if (named != isCompressed)
            warnings.Add(isCompressed ? "The file is compressed with gzip although its name does not end in .gz." : "The file is not compressed although its name ends in .gz.");
    }
}
