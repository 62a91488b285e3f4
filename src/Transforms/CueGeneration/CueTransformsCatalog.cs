using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet;

/// <summary>The stages that make semantic cues for training.</summary>
public static class CueTransformsCatalog
{
    /// <summary>Adds the cues of a provider to training rows; append with <see cref="TransformerScope.TrainTest"/>.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="provider">Makes the cues; the caller disposes it where that is needed.</param>
    /// <param name="options">Columns; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static GenerateCuesEstimator GenerateCues(this TransformsCatalog catalog, ICueProvider provider, GenerateCuesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(provider);
        return new(catalog, () => provider, owns: false, options ?? new());
    }
}
