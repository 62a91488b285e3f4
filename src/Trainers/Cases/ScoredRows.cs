using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet.Cases;

/// <summary>The text columns of rows that a model has scored: read before, and apart from, their volumes.</summary>
internal static class ScoredRows
{
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
        string all = string.Join(", ", scored.Schema.Where(other => !other.IsHidden).Select(other => other.Name));
        throw new ArgumentException(
            $"{purpose} needs the column '{name}' of type {type}; {(found is { } other ? $"found {other.Type}" : $"the rows have {all}")}. "
            + "Give rows that model.Transform made of rows with the columns of BraTSCase.");
    }

    /// <summary>The text columns of <see cref="BraTSCase"/>, row by row; one that is missing counts as empty. No volume is read.</summary>
    public static IReadOnlyList<BraTSCase> Texts(IDataView scored)
    {
        (string Name, Action<BraTSCase, string> Set)[] texts =
        [
            (nameof(BraTSCase.CaseId), (row, text) => row.CaseId = text),
            .. ModalitySet.All.Select(modality =>
                ($"{modality}Path", (Action<BraTSCase, string>)((row, text) => row.SetPath(modality, text)))),
            (nameof(BraTSCase.LabelPath), (row, text) => row.LabelPath = text),
            (nameof(BraTSCase.LabelConvention), (row, text) => row.LabelConvention = text),
            (nameof(BraTSCase.Problem), (row, text) => row.Problem = text),
        ];
        (DataViewSchema.Column Column, Action<BraTSCase, string> Set)[] present =
        [
            .. texts
                .Where(text => scored.Schema.GetColumnOrNull(text.Name)?.Type is TextDataViewType)
                .Select(text => (scored.Schema[text.Name], text.Set)),
        ];
        using DataViewRowCursor cursor = scored.GetRowCursor(present.Select(text => text.Column));
        (ValueGetter<ReadOnlyMemory<char>> Get, Action<BraTSCase, string> Set)[] getters =
        [
            .. present.Select(text => (cursor.GetGetter<ReadOnlyMemory<char>>(text.Column), text.Set)),
        ];
        List<BraTSCase> rows = [];
        while (cursor.MoveNext())
        {
            BraTSCase row = new();
            foreach ((ValueGetter<ReadOnlyMemory<char>> get, Action<BraTSCase, string> set) in getters)
            {
                ReadOnlyMemory<char> text = default;
                get(ref text);
                set(row, text.ToString());
            }

            rows.Add(row);
        }

        return rows;
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
}
