using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet;

/// <summary>A transformer with a stage inside, so that <see cref="StageReader"/> can look into it.</summary>
internal interface IStageTransformer : ITransformer
{
    /// <summary>The chain that is written into the model zip.</summary>
    ITransformer SavedChain { get; }
}

/// <summary>A stage whose live form differs from its saved one: alive, its weights are resident; saved, they travel in the zip.</summary>
/// <param name="live">Transforms rows in this process.</param>
/// <param name="makeSaved">Makes the chain that is saved; called when the model is saved, because it compresses the weights.</param>
internal sealed class StageTransformer(ITransformer live, Func<ITransformer> makeSaved) : IStageTransformer
{
    public ITransformer SavedChain => makeSaved();

    public bool IsRowToRowMapper => live.IsRowToRowMapper;

    public IDataView Transform(IDataView input) => live.Transform(input);

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => live.GetOutputSchema(inputSchema);

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => live.GetRowToRowMapper(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => SavedChain.Save(ctx);
}
