using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet;

/// <summary>Small tables in memory, for what a stage needs a context of its own: a
/// <see cref="TransformsCatalog"/> does not give its context away.</summary>
internal static class StageTable
{
    private static readonly MLContext s_context = new(seed: 1);

    /// <summary>Makes transformers where no catalog is at hand.</summary>
    public static TransformsCatalog Transforms => s_context.Transforms;

    /// <summary>A view of the given rows.</summary>
    public static IDataView Of<TRow>(params TRow[] rows)
        where TRow : class => s_context.Data.LoadFromEnumerable(rows);

    /// <summary>A view of one row with one vector of numbers, whose size is part of its type.</summary>
    public static IDataView OfVector(string column, float[] values)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(VectorRow));
        SchemaDefinition.Column only = schema[nameof(VectorRow.Values)];
        (only.ColumnName, only.ColumnType) = (column, new VectorDataViewType(NumberDataViewType.Single, values.Length));
        return s_context.Data.LoadFromEnumerable([new VectorRow { Values = new(values.Length, values) }], schema);
    }

    /// <summary>The first row of a view.</summary>
    public static TRow First<TRow>(IDataView view)
        where TRow : class, new() => s_context.Data.CreateEnumerable<TRow>(view, reuseRowObject: false).First();

    private sealed class VectorRow
    {
        [VectorType]
        public VBuffer<float> Values { get; set; }
    }
}
