using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Smml.MLNet;

/// <summary>Runs a stage, or a model that begins with it, on rows that lack some of its optional text columns: they are there while it
/// runs, empty, and gone afterwards.</summary>
/// <remarks>ML.NET's own transformers refuse a missing column, and a saved chain consists of them. So a chain that
/// <c>Model.Load</c> made refuses it too; <see cref="OptionalColumnsExtensions.WithOptionalColumns"/> puts this transformer around it.
/// </remarks>
internal sealed class OptionalColumnsTransformer : IStageTransformer, IDisposable
{
    private readonly StageDescription _stage;
    private readonly ITransformer _inner;

    /// <summary>Wraps a stage or a model.</summary>
    /// <param name="stage">The stage whose columns may be missing.</param>
    /// <param name="inner">Needs all of them.</param>
    /// <param name="saved">What is written into the model zip.</param>
    public OptionalColumnsTransformer(StageDescription stage, ITransformer inner, ITransformer saved) =>
        (_stage, _inner, SavedChain) = (stage, inner, saved);

    /// <inheritdoc/>
    public ITransformer SavedChain { get; }

    /// <inheritdoc/>
    public bool IsRowToRowMapper => _inner.IsRowToRowMapper;

    /// <summary>The columns after the stage.</summary>
    /// <param name="stage">The stage whose columns may be missing.</param>
    /// <param name="inner">Needs all of them.</param>
    /// <param name="input">The columns before it, checked.</param>
    public static SchemaShape Promised(StageDescription stage, IEstimator<ITransformer> inner, SchemaShape input)
    {
        HashSet<string> present = [.. input.Select(column => column.Name)];
        string[] missing = Missing(stage, present);
        SchemaShape shape = input;
        foreach (string name in missing)
            shape = Constant(name).GetOutputSchema(shape);
        shape = inner.GetOutputSchema(shape);
        return missing.Length == 0 ? shape : StageTable.Transforms.DropColumns(missing).GetOutputSchema(shape);
    }

    /// <inheritdoc/>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return ChainFor(input.Schema).Transform(input);
    }

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => ChainFor(inputSchema).GetOutputSchema(inputSchema);

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => ChainFor(inputSchema).GetRowToRowMapper(inputSchema);

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)SavedChain).Save(ctx);

    /// <inheritdoc/>
    public void Dispose() => (_inner as IDisposable)?.Dispose();

    private static string[] Missing(StageDescription stage, HashSet<string> present) =>
    [
        .. stage.Inputs
            .Where(column => column.Presence != StageColumnPresence.Required)
            .Select(column => column.Name)
            .OfType<string>()
            .Where(name => !present.Contains(name)),
    ];

    private static CustomMappingEstimator<NoColumns, EmptyText> Constant(string name)
    {
        SchemaDefinition output = SchemaDefinition.Create(typeof(EmptyText));
        output[nameof(EmptyText.Text)].ColumnName = name;
        return StageTable.Transforms.CustomMapping<NoColumns, EmptyText>(
            static (_, empty) => empty.Text = "", contractName: null, outputSchemaDefinition: output);
    }

    private ITransformer ChainFor(DataViewSchema schema)
    {
        StageInputs.Check(_stage, schema);
        string[] missing = Missing(_stage, [.. schema.Select(column => column.Name)]);
        if (missing.Length == 0)
            return _inner;
        EmptyView columns = EmptyView.Of(missing.Select(name => new StageColumn("", name, TextDataViewType.Instance)));
        return new TransformerChain<ITransformer>(
        [
            .. missing.Select(name => Constant(name).Fit(EmptyView.Of([]))),
            _inner,
            StageTable.Transforms.DropColumns(missing).Fit(columns),
        ]);
    }

    private sealed class NoColumns
    {
    }

    private sealed class EmptyText
    {
        public string Text { get; set; } = "";
    }
}
