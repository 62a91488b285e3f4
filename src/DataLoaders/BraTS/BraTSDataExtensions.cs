using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Cases;

namespace Smml.MLNet;

/// <summary>Loads BraTS data sets: <c>ml.Data.LoadBraTS("BraTS2020/training")</c>.</summary>
public static class BraTSDataExtensions
{
    /// <summary>Lists the cases of a folder, see <see cref="BraTSDataset.Find"/>. No image is opened.</summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="folder">The folder that holds the cases, at any depth.</param>
    /// <returns>One row per case with the text columns of <see cref="BraTSCase"/>; an empty path is a missing file. Rows can be
    /// shuffled.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There is no case in it, or a case has two files for one modality.</exception>
    public static IDataView LoadBraTS(this DataOperationsCatalog catalog, string folder)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new BraTSCaseDataView(BraTSDataset.Find(folder));
    }

    /// <summary>Makes rows of cases, for example of one fold of a split.</summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="cases">The cases; the list is copied, the cases are not.</param>
    /// <returns>One row per case with the text columns of <see cref="BraTSCase"/>. Rows can be shuffled.</returns>
    public static IDataView LoadBraTS(this DataOperationsCatalog catalog, IEnumerable<BraTSCase> cases)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(cases);
        return new BraTSCaseDataView([.. cases]);
    }

    /// <summary>Makes a loader for CSV manifests as <see cref="BraTSDataset.WriteManifest"/> writes them; it can be saved together with a
    /// model.</summary>
    /// <param name="catalog">The data catalog.</param>
    /// <returns>A loader of comma-separated files with a header and the columns of <see cref="BraTSCase"/> in their order; a blank cell is
    /// a missing file.</returns>
    public static TextLoader CreateBraTSManifestLoader(this DataOperationsCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.CreateTextLoader(new TextLoader.Options
        {
            Columns = [.. BraTSCaseDataView.Columns.Select((column, index) => new TextLoader.Column(column.Name, DataKind.String, index))],
            Separators = [','],
            HasHeader = true,
            AllowQuoting = true,
            AllowSparse = false,
        });
    }
}
