using Smml.MLNet.Volumes;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Opens MetaImage files: the voxels behind the header (<c>.mha</c>), or in a file beside it (<c>.mhd</c> with <c>.raw</c> or
/// <c>.zraw</c>).</summary>
internal static class MetaImageReader
{
    /// <summary>Reads the header and finds the voxels.</summary>
    /// <param name="input">The header's file; taken over.</param>
    /// <param name="path">Its path.</param>
    /// <param name="warnings">Receives a warning for each unusual property of the file.</param>
    /// <exception cref="VolumeFormatException">The header is damaged, or the voxels' file lies outside the header's folder.</exception>
    public static VolumeSource Open(InputFile input, string path, VolumeWarnings warnings)
    {
        input.Rewind();
        MetaImageText text = MetaImageText.Read(input.Stream, path);
        MetaImageFields fields = new(text, path, warnings);
        if (fields.DataFile.Equals("LOCAL", StringComparison.OrdinalIgnoreCase))
        {
            input.Rewind();
            return Open(input, path, path, text.Length, fields, warnings);
        }

        InputFile data = InputFile.Open(FindData(path, fields.DataFile));
        try
        {
            VolumeSource source = Open(data, path, data.Path, 0, fields, warnings);
            input.Dispose();
            return source;
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    private static VolumeSource Open(
        InputFile data, string path, string dataPath, long start, MetaImageFields fields, VolumeWarnings warnings)
    {
        VolumeHeader header = new()
        {
            Path = path,
            DataPath = dataPath,
            Format = VolumeFileFormat.MetaImage,
            Dimensions = fields.Dimensions,
            DataType = fields.DataType,
            IsBigEndian = fields.IsBigEndian && !fields.IsText,
            IsCompressed = fields.IsCompressed || data.IsCompressed,
            VoxelOffset = fields.HeaderBytes < 0 ? -1 : start + fields.HeaderBytes,
            Grid = new(fields.Shape, fields.Affine),
            Orientation = OrientationSource.Direction,
            Warnings = warnings,
        };
        if (header.VoxelOffset < 0 && (header.IsCompressed || fields.IsText))
            throw HeaderChecks.Refuse(path, "found HeaderSize = -1 with voxels that are compressed or text, expected plain binary voxels");
        if (fields.IsText)
        {
            // A number and a space are two bytes at least.
            if ((Int128)header.Shape.Count * header.VolumeCount > (data.LargestContent / 2) + 1)
                HeaderChecks.Size(header, 0, data.Length);
        }
        else
        {
            HeaderChecks.Size(header, fields.IsCompressed ? InputFile.MaxContent(data.Length) : data.LargestContent, data.Length);
        }

        long skip = header.VoxelOffset < 0 ? data.Length - header.VoxelBytes : header.VoxelOffset;
        if (!data.Skip(skip))
            throw new VolumeFormatException($"{dataPath}: the file ends before byte {skip}, where the voxels begin. It is cut short: "
                + "copy or download it again.");
        Stream stream = fields.IsCompressed ? data.Inflate() : data.Stream;
        return new(header, warnings, data, fields.IsText ? new DecimalVoxelStream(stream, header) : stream)
        {
            AnnouncedCompressedLength = fields.CompressedLength,
        };
    }

    // Only a plain name, or one in a folder below: a header must not make us read another file of the machine.
    internal static string FindData(string path, string name)
    {
        if (name.Equals("LIST", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("LIST ", StringComparison.OrdinalIgnoreCase)
            || name.Contains('%', StringComparison.Ordinal))
            throw new VolumeFormatException($"{path}: found ElementDataFile = {name}, one file a slice, expected one file for all voxels. "
                + "Save the image as .mha first.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        bool isInside = name.Length > 0
            && !Path.IsPathRooted(name)
            && name.IndexOfAny(['\\', ':', '\0']) < 0
            && !name.Split('/').Any(part => part is ".." or "." or "");
        if (!isInside)
            throw new VolumeFormatException($"{path}: found ElementDataFile = {(name.Length > 80 ? name[..80] + "..." : name)}, "
                + "expected a file in the header's folder. Copy the voxels' file there and name it without a path.");
        string full = Path.Combine(folder, name);
        if (Path.GetFullPath(path).Equals(full, StringComparison.Ordinal))
            throw new VolumeFormatException($"{path}: names itself as the file of its voxels, expected LOCAL or another file. "
                + "Export the image again.");
        return File.Exists(full)
            ? full
            : throw new FileNotFoundException($"{path}: its voxels should be in {name} beside it, but there is no such file. "
                + "Copy both files.", full);
    }
}
