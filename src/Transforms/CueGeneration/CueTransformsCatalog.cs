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
    public static GenerateCuesEstimator GenerateCues(
        this TransformsCatalog catalog, ICueProvider provider, GenerateCuesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(provider);
        return new(catalog, () => provider, owns: false, options ?? new());
    }

    /// <summary>Adds the cues of SAM-Med3D to training rows; append with <see cref="TransformerScope.TrainTest"/>.
    /// Nothing of it is saved with the model.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="checkpointPath">The published checkpoint, for example <c>sam_med3d_turbo.pth</c>;
    /// it is checked when the chain is fitted.</param>
    /// <param name="cues">Prompt, clicks, cache; null for the defaults.</param>
    /// <param name="options">Columns; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static GenerateCuesEstimator GenerateSamMed3DCues(
        this TransformsCatalog catalog, string checkpointPath, SamMed3DCueOptions? cues = null, GenerateCuesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(checkpointPath);
        SamMed3DCueOptions used = cues ?? new();
        used.Validate();
        return new(catalog, () => SamMed3DCueProvider.FromCheckpoint(checkpointPath, used), owns: true, options ?? new());
    }

    /// <summary>Adds the cues of SAM-Med3D to training rows, from two ONNX files; append with
    /// <see cref="TransformerScope.TrainTest"/>.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="encoderPath">The encoder.</param>
    /// <param name="decoderPath">The decoder.</param>
    /// <param name="cues">Prompt, clicks, cache; null for the defaults.</param>
    /// <param name="options">Columns; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static GenerateCuesEstimator GenerateSamMed3DCues(
        this TransformsCatalog catalog,
        string encoderPath,
        string decoderPath,
        SamMed3DCueOptions? cues = null,
        GenerateCuesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(encoderPath);
        ArgumentException.ThrowIfNullOrEmpty(decoderPath);
        SamMed3DCueOptions used = cues ?? new();
        used.Validate();
        return new(catalog, () => SamMed3DCueProvider.FromOnnx(encoderPath, decoderPath, used), owns: true, options ?? new());
    }
}
