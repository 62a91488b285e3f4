namespace Smml.MLNet;

/// <summary>Makes semantic cues for training: for each class and modality a map of how likely a voxel belongs to the class.</summary>
/// <remarks>Cues enter only the refinement network, which only training has. A provider may therefore look at the expert segmentation;
/// scoring never sees a cue. A provider is called for one case at a time.</remarks>
public interface ICueProvider
{
    /// <summary>Makes the cues of a case.</summary>
    /// <param name="source">The case.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>Maps on the grid of the case; none for a missing scan.</returns>
    /// <exception cref="InvalidDataException">The cues of this case cannot be made; the message names the case and the remedy.</exception>
    SemanticCues Generate(CueCase source, CancellationToken cancellationToken = default);
}
