namespace Smml.MLNet;

/// <summary>Reads the files of one case and proves that they belong together.</summary>
internal static class CaseReader
{
    /// <summary>Reads the scans and the label that have a path.</summary>
    /// <param name="files">The case; an empty path is a missing scan.</param>
    /// <param name="rootDirectory">Where relative paths begin; null for the current folder.</param>
    /// <exception cref="FileNotFoundException">A path names no file.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the files do not belong together; the message names them.</exception>
    public static VolumeSet Read(BraTSCase files, string? rootDirectory)
    {
        (string Column, string Path)[] paths =
        [
            .. new (string Column, string? Path)[]
            {
                (nameof(BraTSCase.FlairPath), files.FlairPath),
                (nameof(BraTSCase.T1cePath), files.T1cePath),
                (nameof(BraTSCase.T1Path), files.T1Path),
                (nameof(BraTSCase.T2Path), files.T2Path),
                (nameof(BraTSCase.LabelPath), files.LabelPath),
            }.Select(file => (file.Column, Resolve(file.Path, rootDirectory))),
        ];
        CheckPaths(paths);

        Volume?[] images = [.. paths.Take(ModalitySet.ModalityCount).Select(file => Open(file.Column, file.Path))];
        foreach (Volume image in images.OfType<Volume>())
            VolumeChecks.Image(image);
        Volume? label = Open(paths[^1].Column, paths[^1].Path);
        VolumeChecks.OneGrid([.. images.Append(label).OfType<Volume>()]);
        LabelConvention? convention = Convention(files.LabelConvention, label, paths.First(file => file.Path.Length > 0).Path);
        return new VolumeSet(images[0], images[1], images[2], images[3], label).SelectAll(volume => volume.WithConvention(convention));
    }

    private static string Resolve(string? path, string? rootDirectory)
    {
        if (string.IsNullOrWhiteSpace(path))
            return "";
        return rootDirectory is null ? path.Trim() : Path.Combine(rootDirectory, path.Trim());
    }

    private static void CheckPaths((string Column, string Path)[] paths)
    {
        if (paths.Take(ModalitySet.ModalityCount).All(file => file.Path.Length == 0))
        {
            string label = paths[^1].Path.Length == 0 ? "" : $" (its label is {paths[^1].Path})";
            throw new InvalidDataException($"A row names no scan{label}: FlairPath, T1cePath, T1Path and T2Path are all empty, expected at least one. Leave the row out, or fill in a path.");
        }

        IGrouping<string, (string Column, string Path)>? twice = paths.Where(file => file.Path.Length > 0)
            .GroupBy(file => Path.GetFullPath(file.Path), StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
            throw new InvalidDataException($"{twice.First().Path}: named by {string.Join(" and ", twice.Select(file => file.Column))}, expected a file of its own for each. Correct the paths, or leave one empty where the scan is missing.");
    }

    private static Volume? Open(string column, string path)
    {
        if (path.Length == 0)
            return null;
        return File.Exists(path)
            ? VolumeFile.Read(path)
            : throw new FileNotFoundException($"{path}: no such file ({column}). Correct the path or the root directory, or leave the path empty where the scan is missing.", path);
    }

    private static LabelConvention? Convention(string? name, Volume? label, string firstPath)
    {
        if (!string.IsNullOrWhiteSpace(name))
        {
            LabelConvention named = LabelConvention.Known.FirstOrDefault(known => known.Name.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase))
                ?? throw new InvalidDataException($"The row of {firstPath}: '{name}' is not a label convention. Expected one of {string.Join(", ", LabelConvention.Known)} in the column LabelConvention, or nothing.");
            if (label is not null)
                named.ToClasses(label);
            return named;
        }

        if (label is null)
            return null;
        if (label.Voxels.Contains(3f))
        {
            throw new InvalidDataException(
                $"{label.Source}: found the label value 3, which means enhancing tumour in BraTS2023 and non-enhancing tumour in BraTS2015. Name the data set's convention in the column LabelConvention: {string.Join(", ", LabelConvention.Known)}.");
        }

        LabelConvention.BraTS2018.ToClasses(label);
        return LabelConvention.BraTS2018;
    }
}
