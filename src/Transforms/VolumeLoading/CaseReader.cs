using System.Globalization;
using Smml.MLNet.Discovery;
using Smml.MLNet.Geometry;
using Smml.MLNet.VolumeFiles;
using Smml.MLNet.Volumes;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Reads the files of one case and proves that they belong together.</summary>
internal sealed class CaseReader
{
    private readonly (string Column, string Path)[] _paths;
    private readonly string? _conventionName;
    private readonly string _problem;
    private readonly VolumeOrientation _orientation;
    private readonly OrientationSource? _source;
    private readonly Volume?[] _volumes;
    private readonly List<(Modality Modality, ScanStatistics Numbers, Volume Scan)> _scans = [];
    private readonly List<CaseFinding> _warnings = [];
    private (Volume? Volume, Exception? Error)[]? _read;
    private bool _isOriented = true;

    /// <summary>Prepares a case; no file is opened.</summary>
    /// <param name="files">The case; an empty path is a missing scan.</param>
    /// <param name="rootDirectory">Where relative paths begin; null for the current folder.</param>
    /// <param name="orientation">The order of the voxels.</param>
    /// <param name="convention">How labels are written where the case names nothing; null to refuse such labels.</param>
    /// <param name="source">See <see cref="LoadVolumesOptions.OrientationSource"/>.</param>
    public CaseReader(
        BraTSCase files,
        string? rootDirectory,
        VolumeOrientation orientation = VolumeOrientation.Canonical,
        string? convention = null,
        OrientationSource? source = null)
    {
        _source = source;
        _paths =
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
        _conventionName = string.IsNullOrWhiteSpace(files.LabelConvention) ? convention : files.LabelConvention;
        _problem = files.Problem ?? "";
        _orientation = orientation;
        _volumes = new Volume?[_paths.Length];
    }

    /// <summary>The label as it was read; null without one, or before it is read.</summary>
    public Volume? Label => _volumes[^1];

    /// <summary>How the labels are written; null when unknown.</summary>
    public LabelConvention? Convention { get; private set; }

    /// <summary>The scans that could be read, with their numbers.</summary>
    public IReadOnlyList<(Modality Modality, ScanStatistics Numbers, Volume Scan)> Scans => _scans;

    /// <summary>Reads the scans and the label that have a path.</summary>
    /// <inheritdoc cref="CaseReader(BraTSCase, string?, VolumeOrientation, string?, OrientationSource?)"/>
    /// <exception cref="FileNotFoundException">A path names no file.</exception>
    /// <exception cref="VolumeFormatException">A file is damaged or of a format that cannot be read.</exception>
    /// <exception cref="InvalidDataException">The files do not belong together or are no scans without skull; the message names
    /// them.</exception>
    public static VolumeSet Read(
        BraTSCase files,
        string? rootDirectory,
        VolumeOrientation orientation = VolumeOrientation.Canonical,
        string? convention = null,
        OrientationSource? source = null)
    {
        CaseReader reader = new(files, rootDirectory, orientation, convention, source);
        foreach (CaseFinding finding in reader.Check())
        {
            if (finding.Severity == FindingSeverity.Error)
                finding.Throw();
        }

        return reader.ToVolumes();
    }

    /// <summary>Reads the case, its files side by side, and checks it step by step.</summary>
    public IEnumerable<CaseFinding> Check()
    {
        if (_problem.Length > 0)
        {
            yield return CaseFinding.Error(CheckName.CaseFiles, null, _problem);
            yield break;
        }

        if (_paths.Take(ModalitySet.ModalityCount).All(file => file.Path.Length == 0))
        {
            string label = _paths[^1].Path.Length == 0 ? "" : $" (its label is {_paths[^1].Path})";
            yield return CaseFinding.Error(CheckName.NoScan, null, $"A row names no scan{label}: FlairPath, T1cePath, T1Path and T2Path "
                + "are all empty, expected at least one. Leave the row out, or fill in a path.");
            yield break;
        }

        foreach (CaseFinding finding in CheckPaths().Concat(Enumerable.Range(0, _paths.Length).SelectMany(Open)).Concat(CheckTogether()))
        {
            if (finding.Severity == FindingSeverity.Warning)
                _warnings.Add(finding);
            yield return finding;
        }
    }

    private static string Resolve(string? path, string? rootDirectory)
    {
        if (string.IsNullOrWhiteSpace(path))
            return "";
        return rootDirectory is null ? path.Trim() : Path.Combine(rootDirectory, path.Trim());
    }

    // One volume of a file, whatever way its path is written.
    private static string FullPath(string path)
    {
        VolumePath parts = VolumePath.Parse(path);
        return new VolumePath(Path.GetFullPath(parts.File), parts.Index).ToString();
    }

    // A file's own warnings do not name it. Those about the orientation give way to the finding that says the same with its remedy.
    private static IEnumerable<CaseFinding> HeaderWarnings(Volume volume) => volume.FileWarnings
        .Where(warning => warning.Kind != VolumeWarningKind.Orientation)
        .Select(warning => CaseFinding.Warning(
            warning.Kind == VolumeWarningKind.TwoPositions ? CheckName.Orientation : CheckName.Header,
            volume.Source,
            warning.Text.Contains(volume.Source!, StringComparison.Ordinal) ? warning.Text : $"{volume.Source}: {warning.Text}"));

    private static string CheckOf(Exception error, string file) =>
        error is VolumeFormatException { ConcernsOrientation: true } ? CheckName.Orientation
            : DicomFiles.IsDicom(file) ? CheckName.Dicom
            : CheckName.Unreadable;

    private VolumeSet ToVolumes()
    {
        VolumeGrid grid = _volumes.OfType<Volume>().First().Grid;
        AxisOrder? order = _orientation == VolumeOrientation.Canonical && _isOriented ? AxisOrder.To(grid.Affine, "LPS") : null;
        Volume? Finished(int index)
        {
            if (_volumes[index] is not { } volume)
                return null;
            string[] warnings =
            [
                .. _warnings
                    .Where(warning => warning.File.Length == 0 || warning.File == volume.Source)
                    .Select(warning => warning.Message),
            ];
            float background = _scans.Find(scan => scan.Scan == volume).Numbers?.Background ?? 0;
            volume = volume.WithConvention(Convention).WithWarnings(warnings).WithBackground(background);
            return order is { } target ? volume.Reorient(target) : volume;
        }

        Volume?[] scans = [.. Enumerable.Range(0, ModalitySet.ModalityCount).Select(Finished)];
        return new(scans, Finished(ModalitySet.ModalityCount), $"The stage '{LoadVolumesEstimator.Stage}'");
    }

    private IEnumerable<CaseFinding> CheckPaths() => _paths.Where(file => file.Path.Length > 0)
        .GroupBy(file => FullPath(file.Path), StringComparer.Ordinal).Where(group => group.Count() > 1)
        .Select(twice => CaseFinding.Error(
            CheckName.SameFile,
            twice.First().Path,
            $"{twice.First().Path}: named by {string.Join(" and ", twice.Select(file => file.Column))}, expected a file of its own for "
                + "each. Correct the paths, or leave one empty where the scan is missing."));

    private IEnumerable<CaseFinding> Open(int index)
    {
        (string column, string path) = _paths[index];
        if (path.Length == 0)
            return [];
        string file = VolumePath.Parse(path).File;
        if (Directory.Exists(file))
        {
            return DicomFiles.AreIn(file)
                ? [CaseFinding.Error(CheckName.Dicom, path, $"{path}: found a folder of DICOM files ({column}), expected one volume file. "
                    + $"{DicomFiles.Remedy}")]
                : [CaseFinding.Error(CheckName.MissingFile, path, $"{path}: found a folder ({column}), expected a file. "
                    + "Name the file in it.")];
        }

        if (new FileInfo(file).LinkTarget is { } target && !File.Exists(RealPath.Of(file)))
        {
            return [CaseFinding.Of(CheckName.MissingFile, path, new FileNotFoundException(
                $"{path}: a link to {target}, which is not there ({column}). Fetch the file (for example with 'git annex get' or 'datalad "
                    + "get'), correct the link, or leave the path empty where the scan is missing.", file))];
        }

        if (!File.Exists(file))
        {
            return [CaseFinding.Of(CheckName.MissingFile, path, new FileNotFoundException(
                $"{path}: no such file ({column}). Correct the path or the root directory, or leave the path empty where the scan is "
                    + "missing.", file))];
        }

        _read ??= CaseFiles.Read([.. _paths.Select(one => one.Path)], _source);
        if (_read[index].Error is { } error)
            return [CaseFinding.Of(CheckOf(error, file), path, error)];
        Volume volume = _read[index].Volume!;
        _volumes[index] = volume;
        bool isOriented = volume.Orientation != OrientationSource.Unknown;
        _isOriented &= isOriented && volume.Grid.Affine.Determinant != 0;
        return CheckVolume(volume, isOriented, index < ModalitySet.ModalityCount ? (Modality)index : null);
    }

    private IEnumerable<CaseFinding> CheckVolume(Volume volume, bool isOriented, Modality? modality)
    {
        if (!isOriented)
            yield return CaseFinding.Warning(CheckName.Orientation, volume.Source, $"{volume.Source}: the file does not say how it lies. "
                + "It is taken as stored; left and right may be swapped. Export it again with its position.");
        foreach (CaseFinding warning in HeaderWarnings(volume))
            yield return warning;
        if (volume.Origin is VolumeOrigin.Segmentation or VolumeOrigin.Disagreement)
        {
            yield return CaseFinding.Error(CheckName.OwnOutput, volume.Source, $"{volume.Source}: found "
                + $"{(volume.Origin == VolumeOrigin.Segmentation ? "a segmentation" : "a map of disagreement")} that this library wrote, "
                + $"expected {(modality is null ? "an expert's label" : "a scan")}. Correct the path, or leave it empty.");
            yield break;
        }

        if (modality is not { } kind)
            yield break;
        ScanStatistics numbers = ScanStatistics.Of(volume);
        _scans.Add((kind, numbers, volume));
        foreach (CaseFinding finding in VolumeChecks.Scan(volume, numbers))
            yield return finding;
    }

    private IEnumerable<CaseFinding> CheckTogether()
    {
        Volume[] volumes = [.. _volumes.OfType<Volume>()];
        if (volumes.Length > 0)
        {
            foreach (CaseFinding finding in VolumeChecks.OneGrid(volumes)
                .Concat(VolumeChecks.Spacing(volumes[0].Grid))
                .Concat(CheckScans()))
                yield return finding;
        }

        if (CheckLabel() is { } label)
            yield return label;
    }

    private IEnumerable<CaseFinding> CheckScans()
    {
        (Modality Modality, ScanStatistics Numbers, Volume Scan)[] sound =
        [
            .. _scans.Where(scan => scan.Numbers is { NotFinite: 0, Tissue: > 0 }),
        ];
        Volume[] scans = [.. sound.Select(scan => scan.Scan)];
        IEnumerable<CaseFinding> findings = VolumeChecks.DifferentScans(scans);
        return scans.Length > 1 && scans.All(scan => scan.Shape == scans[0].Shape)
            ? findings.Concat(VolumeChecks.SameBrain(scans, [.. sound.Select(scan => scan.Numbers)]))
            : findings;
    }

    private CaseFinding? CheckLabel()
    {
        string first = _paths.First(file => file.Path.Length > 0).Path;
        bool isNamed = !string.IsNullOrWhiteSpace(_conventionName);
        if (isNamed)
        {
            Convention = LabelConvention.Known.FirstOrDefault(
                known => known.Name.Equals(_conventionName!.Trim(), StringComparison.OrdinalIgnoreCase));
            if (Convention is null)
                return CaseFinding.Error(CheckName.LabelConvention, first, $"The row of {first}: '{_conventionName}' is not a label "
                    + $"convention. Expected one of {string.Join(", ", LabelConvention.Known)} in the column LabelConvention, or nothing.");
        }

        if (Label is not { } label)
            return null;
        if (Convention is null)
        {
            string values = string.Join(
                ", ", label.Voxels.ToArray().Distinct().Order().Take(6).Select(value => value.ToString(CultureInfo.InvariantCulture)));
            return CaseFinding.Error(CheckName.LabelConvention, label.Source,
                $"{label.Source}: found the label values {values}, but not what they mean; 4, for example, is enhancing tumour until 2021 "
                    + "and a resection cavity in 2024. Name the data set's convention in the column LabelConvention or in "
                    + $"LoadVolumesOptions.LabelConvention: {string.Join(", ", LabelConvention.Known)}.");
        }

        try
        {
            Convention.ToClasses(label);
        }
        catch (InvalidDataException exception)
        {
            return CaseFinding.Of(CheckName.LabelValues, label.Source!, exception);
        }

        return LabelChecks.Check(
            label, [.. _scans.Where(scan => scan.Scan.Shape == label.Shape).Select(scan => (scan.Scan, scan.Numbers))]);
    }
}
