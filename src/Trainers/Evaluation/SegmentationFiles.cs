using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Cases;

namespace Smml.MLNet;

/// <summary>Writes scored rows as files.</summary>
public static class SegmentationFiles
{
    /// <summary>Writes the segmentation of every row as <c>&lt;CaseId&gt;_seg.nii.gz</c>, unsigned
    /// bytes on the grid of the source scans.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="scored">Rows that a model has scored, with a column CaseId.</param>
    /// <param name="folder">Where the files go; made where it does not exist.</param>
    /// <param name="columnName">The column with the segmentation.</param>
    /// <param name="warnings">Told each warning of the scans of a case that was written; null for nobody.</param>
    /// <returns>The paths, in the order of the rows.</returns>
    /// <exception cref="InvalidDataException">A case cannot be scored, or its name cannot be a file name.</exception>
    public static IReadOnlyList<string> SaveSegmentations(
        this DataOperationsCatalog catalog,
        IDataView scored,
        string folder,
        string columnName = "Segmentation",
        IProgress<CaseWarning>? warnings = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(scored);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        DataViewSchema.Column[] columns = [scored.Schema[nameof(BraTSCase.CaseId)], scored.Schema[columnName]];
        using DataViewRowCursor cursor = scored.GetRowCursor(columns);
        ValueGetter<ReadOnlyMemory<char>> name = cursor.GetGetter<ReadOnlyMemory<char>>(columns[0]);
        ValueGetter<Volume> volume = cursor.GetGetter<Volume>(columns[1]);
        List<string> written = [];
        while (cursor.MoveNext())
        {
            ReadOnlyMemory<char> caseId = default;
            Volume segmentation = null!;
            name(ref caseId);
            string fileName = CaseRecords.FileName(caseId.ToString());
            volume(ref segmentation);
            string path = Path.Combine(folder, fileName + "_seg.nii.gz");
            VolumeFile.Write(path, segmentation, VoxelType.UInt8);
            written.Add(path);
            foreach (string warning in segmentation.Warnings)
                warnings?.Report(new(caseId.ToString(), warning));
        }

        return written;
    }
}
