using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet;

/// <summary>Adds semantic cues to the rows of a training run. What <c>Model.Save</c> writes of it does nothing.</summary>
public sealed class CueTransformer : IStageTransformer, IDisposable
{
    private readonly ITransformer _live;
    private readonly IDisposable? _provider;

    internal CueTransformer(ITransformer live, IDisposable? provider) => (_live, _provider) = (live, provider);

    /// <inheritdoc/>
    public bool IsRowToRowMapper => _live.IsRowToRowMapper;

    /// <inheritdoc/>
    ITransformer IStageTransformer.SavedChain => new TransformerChain<ITransformer>();

    /// <inheritdoc/>
    public IDataView Transform(IDataView input) => _live.Transform(input);

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _live.GetOutputSchema(inputSchema);

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => _live.GetRowToRowMapper(inputSchema);

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx) => ((IStageTransformer)this).SavedChain.Save(ctx);

    /// <summary>Gives the provider's memory back, where this stage opened it.</summary>
    public void Dispose() => _provider?.Dispose();
}
