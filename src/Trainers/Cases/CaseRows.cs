using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet.Cases;

/// <summary>The text columns of rows that a model scores or has scored: read before, and apart from, their volumes.</summary>
internal static class CaseRows
{
    // A column of the user's own by one of these names and another type is not read.
    private static readonly string[] s_forReports = [nameof(BraTSCase.Layout), nameof(BraTSCase.Grade), nameof(BraTSCase.UnusedFiles)];

    /// <summary>A column that rows must have.</summary>
    /// <param name="scored">The rows.</param>
    /// <param name="name">The column.</param>
    /// <param name="type">Its type.</param>
    /// <param name="purpose">Who needs it, to begin a message.</param>
    /// <exception cref="ArgumentException">It is missing or of another type.</exception>
    public static DataViewSchema.Column Column(IDataView scored, string name, DataViewType type, string purpose)
    {
        DataViewSchema.Column? found = scored.Schema.GetColumnOrNull(name);
        if (found is { } column && column.Type.Equals(type))
            return column;
        string what = found is { } other ? $"found {other.Type}" : $"the rows have {All(scored)}";
        throw new ArgumentException(
            $"{purpose} needs the column '{name}' of type {type}; {what}. "
            + "Name the columns as in BraTSCase, and the segmentation as the model does.");
    }

    /// <summary>The cases of rows that a model shall score.</summary>
    /// <param name="rows">Rows with a column CaseId and at least one with a scan; others of <see cref="BraTSCase"/> may be missing.</param>
    /// <param name="purpose">Who needs them, to begin a message.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    public static BraTSCase[] Cases(IDataView rows, string purpose)
    {
        Column(rows, nameof(BraTSCase.CaseId), TextDataViewType.Instance, purpose);
        string[] scans = [.. ModalitySet.All.Select(modality => $"{modality}Path")];
        if (!scans.Any(name => rows.Schema.GetColumnOrNull(name) is not null))
            throw new ArgumentException(
                $"{purpose} needs at least one of the columns {string.Join(", ", scans)}; the rows have {All(rows)}. "
                + "Name the columns as in BraTSCase.");
        return [.. Texts(rows, purpose)];
    }

    /// <summary>The text columns of <see cref="BraTSCase"/>, row by row; one that is missing counts as empty. No volume is read.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="purpose">Who needs them, to begin a message.</param>
    /// <exception cref="ArgumentException">A column that decides what a row means is of another type.</exception>
    public static IReadOnlyList<BraTSCase> Texts(IDataView rows, string purpose)
    {
        (DataViewSchema.Column Column, Action<BraTSCase, string> Set)[] present =
        [
            .. BraTSCaseDataView.Columns
                .Where(text => rows.Schema.GetColumnOrNull(text.Name) is { } column
                    && (!s_forReports.Contains(text.Name) || column.Type is TextDataViewType))
                .Select(text => (Column(rows, text.Name, TextDataViewType.Instance, purpose), text.Set)),
        ];
        using DataViewRowCursor cursor = rows.GetRowCursor(present.Select(text => text.Column));
        (ValueGetter<ReadOnlyMemory<char>> Get, Action<BraTSCase, string> Set)[] getters =
        [
            .. present.Select(text => (cursor.GetGetter<ReadOnlyMemory<char>>(text.Column), text.Set)),
        ];
        List<BraTSCase> cases = [];
        while (cursor.MoveNext())
        {
            BraTSCase row = new();
            foreach ((ValueGetter<ReadOnlyMemory<char>> get, Action<BraTSCase, string> set) in getters)
            {
                ReadOnlyMemory<char> text = default;
                get(ref text);
                set(row, text.ToString());
            }

            cases.Add(row);
        }

        return cases;
    }

    /// <summary>The columns with the volumes that LoadVolumes made, under their ordinary names, as far as they are there.</summary>
    public static IEnumerable<DataViewSchema.Column> Volumes(IDataView scored) => ModalitySet.All
        .Select(modality => modality.ToString())
        .Append("Label")
        .Select(name => scored.Schema.GetColumnOrNull(name))
        .OfType<DataViewSchema.Column>()
        .Where(column => column.Type is VolumeDataViewType);

    /// <summary>The files that rows name.</summary>
    public static DataSetFiles Files(IEnumerable<BraTSCase> rows) =>
        new(rows.SelectMany(row => ModalitySet.All.Select(row.PathOf).Append(row.LabelPath)));

    private static string All(IDataView rows) =>
        string.Join(", ", rows.Schema.Where(column => !column.IsHidden).Select(column => column.Name));
}
