namespace Smml.MLNet.VolumeFiles;

/// <summary>The files that a volume is read from: one, or a header and its voxels.</summary>
internal static class VolumeParts
{
    /// <summary>Every file behind a path, the header first.</summary>
    /// <param name="path">As <see cref="VolumeFile.Read"/> takes it, also <c>file#3</c>.</param>
    /// <exception cref="IOException">A header cannot be read.</exception>
    /// <exception cref="VolumeFormatException">A MetaImage header is damaged or names a file that it must not name.</exception>
    public static IReadOnlyList<string> Of(string path)
    {
        string file = NiftiPair.HeaderOf(VolumePath.Parse(path).File);
        if (NiftiPair.IsHeaderName(file))
            return NiftiPair.DataOf(file) is { } voxels ? [file, voxels] : [file];
        if (!file.EndsWith(".mhd", StringComparison.OrdinalIgnoreCase))
            return [file];
        using FileStream header = File.OpenRead(file);
        string data = MetaImageText.Read(header, file)["ElementDataFile"]!;
        return data.Equals("LOCAL", StringComparison.OrdinalIgnoreCase) ? [file] : [file, MetaImageReader.FindData(file, data)];
    }
}
