using TorchSharp.Modules;

namespace Smml.MLNet.Training;

/// <summary>Finds the encoders that a pass needs when nothing but the masked features is looked at.</summary>
internal static class SeenEncoders
{
    /// <summary>The modalities that the mask shows in at least one sample. The parameters of the others have no gradient, but must still
    /// decay where the sample has the scan: a missing gradient would skip them, a gradient of zero does not.</summary>
    /// <param name="samples">The samples of the pass.</param>
    /// <param name="mask">Which mask.</param>
    /// <param name="optimizer">Moves the parameters.</param>
    /// <param name="parametersOf">The parameters that see nothing but one modality.</param>
    public static ModalitySet Of(
        IReadOnlyList<TrainingSample> samples, int mask, AdamOptimizer optimizer, Func<Modality, IEnumerable<Parameter>> parametersOf)
    {
        ModalitySet seen = ModalitySet.Of([.. samples.SelectMany(sample => sample.Masks[mask])]);
        foreach (Modality modality in ModalitySet.Of([.. samples.SelectMany(sample => sample.Available)]))
        {
            if (!seen.Contains(modality))
                optimizer.Include(parametersOf(modality));
        }

        return seen;
    }
}
