using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>A transformer whose live form differs from its saved one: <see cref="StageReader"/> looks into the saved one.</summary>
internal interface IStageTransformer : ITransformer
{
    /// <summary>The chain that is written into the model zip. It is made at each call, because it carries the compressed weights.</summary>
    ITransformer SavedChain { get; }
}
