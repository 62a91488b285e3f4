using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Cases;
using Smml.MLNet.Manifests;

namespace Smml.MLNet;

/// <summary>Loads manifests: lists of cases as text, with a header that names columns of <see cref="BraTSCase"/> in any order. Made by
/// <see cref="BraTSDataExtensions.CreateBraTSManifestLoader(DataOperationsCatalog)"/>.</summary>
/// <remarks>
/// <para>UTF-8 with or without a byte order mark; cells are separated by commas, semicolons or tabs and may be quoted. CaseId and at least
/// one scan are needed; another column that is not there counts as empty, and an empty cell is a missing file.</para>
/// <para>Saved with a model it is ML.NET's <see cref="TextLoader"/>, because ML.NET loads no other. That one does not read headers: it
/// expects the columns of the manifest for which this loader was made, in that order, with that separator.</para>
/// </remarks>
public sealed class BraTSManifestLoader : IDataLoader<IMultiStreamSource>
{
    private readonly DataOperationsCatalog _catalog;
    private readonly ManifestHeader _header;

    internal BraTSManifestLoader(DataOperationsCatalog catalog, ManifestHeader header) => (_catalog, _header) = (catalog, header);

    /// <summary>Reads manifests.</summary>
    /// <param name="source">The files, see <see cref="MultiFileSource"/>.</param>
    /// <returns>One row per case with the text columns of <see cref="BraTSCase"/>. Rows can be shuffled.</returns>
    /// <exception cref="InvalidDataException">A header names an unknown column or lacks a needed one, or a line has another number of
    /// cells; the message names the file and the known columns.</exception>
    public IDataView Load(IMultiStreamSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new BraTSCaseDataView(ManifestReader.Read(source));
    }

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema() => new BraTSCaseDataView([]).Schema;

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)Saved()).Save(ctx);

    // A column that the manifest does not have lies behind its last one, where the loader finds an empty text.
    private TextLoader Saved()
    {
        List<string> order = [.. _header.Names];
        order.AddRange(BraTSCaseDataView.Columns.Select(column => column.Name).Except(order).ToArray());
        return _catalog.CreateTextLoader(new TextLoader.Options
        {
            Columns =
            [
                .. BraTSCaseDataView.Columns.Select(
                    column => new TextLoader.Column(column.Name, DataKind.String, order.IndexOf(column.Name))),
            ],
            Separators = [_header.Separator],
            HasHeader = true,
            AllowQuoting = true,
            AllowSparse = false,
        });
    }
}
