using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Cases;
using Smml.MLNet.Telemetry;
using Smml.MLNet.VolumeFiles;
using Smml.MLNet.Volumes;

namespace Smml.MLNet;

/// <summary>Writes scored rows as files.</summary>
public static class SegmentationFiles
{
    private const int Named = 5;

    /// <summary>Writes the segmentation of every row as <c>&lt;CaseId&gt;_seg.nii.gz</c>, unsigned
    /// bytes on the grid of the source scans. A case that cannot be segmented costs itself, the others are written.</summary>
    /// <remarks>Cases that share a CaseId (capitals do not count) and cases whose file would replace a scan, a label or another
    /// file that this library did not write are refused. The text columns of the rows are read first, then
    /// the rows once more with their volumes.</remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="scored">Rows that a model has scored, with a column CaseId.</param>
    /// <param name="folder">Where the files go; made where it does not exist.</param>
    /// <param name="columnName">The column with the segmentation.</param>
    /// <param name="warnings">Told each warning of the scans of a case that was written; null for nobody.</param>
    /// <returns>The paths, in the order of the rows, and the cases that failed.</returns>
    /// <exception cref="ArgumentException">A column is missing or has another type.</exception>
    /// <exception cref="InvalidDataException">There are rows, and none of them could be written; the message names the first ones with
    /// their reasons.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static SavedSegmentations SaveSegmentations(
        this DataOperationsCatalog catalog,
        IDataView scored,
        string folder,
        string columnName = "Segmentation",
        IProgress<CaseWarning>? warnings = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(scored);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        CaseRows.Column(scored, nameof(BraTSCase.CaseId), TextDataViewType.Instance, nameof(SaveSegmentations));
        DataViewSchema.Column segmentation = CaseRows.Column(
            scored, columnName, VolumeDataViewType.Instance, nameof(SaveSegmentations));
        IReadOnlyList<BraTSCase> rows = CaseRows.Texts(scored, nameof(SaveSegmentations));
        HashSet<string> shared = CaseRecords.Shared(rows);
        DataSetFiles sources = CaseRows.Files(rows);
        Directory.CreateDirectory(folder);

        DataViewSchema.Column[] columns = [segmentation, .. CaseRows.Volumes(scored)];
        using DataViewRowCursor cursor = scored.GetRowCursor(columns);
        ValueGetter<Volume>[] volumes = [.. columns.Select(column => cursor.GetGetter<Volume>(column))];
        List<string> written = [];
        List<SegmentationFailure> failures = [];
        for (int i = 0; i < rows.Count && cursor.MoveNext(); i++)
        {
            BraTSCase row = rows[i];
            string path;
            Volume found;
            try
            {
                CaseRecords.RefuseUnusable(row, shared);
                path = Path.Combine(folder, CaseRecords.FileName(row.CaseId) + "_seg.nii.gz");
                sources.Protect(row.CaseId, [path]);
                OwnFiles.RefuseToReplace(path, VolumeOrigin.Segmentation, $"the segmentation of '{row.CaseId}'");
                found = Value(volumes[0]) ?? throw new InvalidDataException($"{row.CaseId}: the row has no segmentation.");
                foreach (string source in volumes[1..].Select(volume => Value(volume)?.Source).OfType<string>())
                    sources.Add(source); // as it was opened: the paths of the row may begin in another folder
                sources.Protect(row.CaseId, [path]);
            }
            catch (Exception exception) when (CaseFault.ConcernsScoring(exception)) // one bad case must not cost the others
            {
                failures.Add(Failed(row, exception));
                continue;
            }

            try
            {
                using Instruments.StageWatch watch = Instruments.Stage(CaseStage.Write);
                VolumeFile.Write(path, found.WithOrigin(VolumeOrigin.Segmentation), VoxelType.UInt8);
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidDataException)
            {
                failures.Add(Failed(row, exception));
                continue;
            }

            written.Add(path);
            foreach (string warning in found.Warnings)
                warnings?.Report(new(row.CaseId, warning));
        }

        return written.Count > 0 || failures.Count == 0
            ? new(written, failures)
            : throw new InvalidDataException(
                $"None of {failures.Count} cases could be segmented. "
                + string.Join(" ", failures.Take(Named).Select(one => $"{one.CaseId}: {one.Reason}"))
                + (failures.Count > Named ? " ..." : ""));
    }

    private static SegmentationFailure Failed(BraTSCase row, Exception exception) =>
        new(row.CaseId, row.Modalities, CaseFault.Cause(exception).Message);

    private static Volume? Value(ValueGetter<Volume> getter)
    {
        Volume volume = null!;
        getter(ref volume);
        return volume;
    }
}
