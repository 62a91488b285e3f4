using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Smml.MLNet;

/// <summary>A pipeline stage that learns nothing from the data. What it makes is saved and loaded by <c>mlContext.Model</c> like ML.NET's
/// own transformers; a process that loads it only needs a reference to this package.</summary>
public abstract class StageEstimator : IEstimator<ITransformer>
{
    private readonly StageDescription _stage;
    private readonly EstimatorChain<ITransformer> _chain;

    private protected StageEstimator(StageDescription stage, EstimatorChain<ITransformer> chain) => (_stage, _chain) = (stage, chain);

    /// <summary>Makes the transformer; no row is read.</summary>
    /// <exception cref="ArgumentException">A column is missing or has another type; the message names it.</exception>
    public ITransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        StageInputs.Check(_stage, input);
        return Fitted(_chain, input);
    }

    /// <summary>The columns after this stage.</summary>
    /// <exception cref="ArgumentException">A column is missing or has another type; the message names it.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        StageInputs.Check(_stage, inputSchema);
        return Promised(_chain, inputSchema);
    }

    /// <summary>Fits the chain; the columns were checked.</summary>
    private protected virtual ITransformer Fitted(EstimatorChain<ITransformer> chain, IDataView input) => chain.Fit(input);

    /// <summary>The columns after the chain; those before it were checked.</summary>
    private protected virtual SchemaShape Promised(EstimatorChain<ITransformer> chain, SchemaShape input) => chain.GetOutputSchema(input);
}
