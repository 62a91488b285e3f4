using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Cases;
using Smml.MLNet.Manifests;

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

    /// <summary>Makes a loader for manifests as <see cref="BraTSDataset.WriteManifest"/> writes them, or with the same columns in another
    /// order; it can be saved together with a model.</summary>
    /// <param name="catalog">The data catalog.</param>
    /// <returns>A loader that goes by the names in the header. What <c>Model.LoadWithDataLoader</c> makes of the saved one is ML.NET's
    /// <see cref="TextLoader"/>, which goes by position: it expects the columns of <see cref="BraTSCase"/> in their order, separated by
    /// commas. For other manifests name one: <see cref="CreateBraTSManifestLoader(DataOperationsCatalog, string)"/>.</returns>
    public static BraTSManifestLoader CreateBraTSManifestLoader(this DataOperationsCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(catalog, ManifestHeader.Default);
    }

    /// <summary>Makes a loader for manifests that is saved, together with a model, for the columns and the separator of a certain
    /// one.</summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="manifest">A manifest whose columns stand as in those that the saved loader will read; only its header is read.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The header names an unknown column or lacks a needed one.</exception>
    public static BraTSManifestLoader CreateBraTSManifestLoader(this DataOperationsCatalog catalog, string manifest)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(manifest);
        return new(catalog, ManifestReader.ReadHeader(manifest));
    }
}
