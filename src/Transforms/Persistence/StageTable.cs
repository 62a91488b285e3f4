using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>Small tables in memory, for what a stage needs a context of its own: a <see cref="TransformsCatalog"/> does not give its context away.</summary>
internal static class StageTable
{
    private static readonly MLContext s_context = new(seed: 1);

    /// <summary>A view of the given rows.</summary>
    public static IDataView Of<TRow>(params TRow[] rows)
        where TRow : class => s_context.Data.LoadFromEnumerable(rows);

    /// <summary>The first row of a view.</summary>
    public static TRow First<TRow>(IDataView view)
        where TRow : class, new() => s_context.Data.CreateEnumerable<TRow>(view, reuseRowObject: false).First();
}
