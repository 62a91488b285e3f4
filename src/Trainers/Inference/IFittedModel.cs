namespace Smml.MLNet.Inference;

/// <summary>A model that was trained in this process, whose networks are at hand.</summary>
internal interface IFittedModel
{
    /// <summary>The networks.</summary>
    TorchEngine Engine { get; }
}
