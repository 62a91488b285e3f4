using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>Columns without a row: what an estimator needs that learns from the columns only.</summary>
internal sealed class EmptyView(DataViewSchema schema) : IDataView
{
    public DataViewSchema Schema => schema;

    public bool CanShuffle => false;

    /// <summary>A view with the columns that a stage reads.</summary>
    public static EmptyView Of(IEnumerable<StageColumn> columns)
    {
        DataViewSchema.Builder schema = new();
        foreach (StageColumn column in columns.Where(column => column.Name is not null))
            schema.AddColumn(column.Name!, column.Type);
        return new(schema.ToSchema());
    }

    public long? GetRowCount() => 0;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        throw new NotSupportedException("This view has no rows.");

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        throw new NotSupportedException("This view has no rows.");
}
