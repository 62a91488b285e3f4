using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>Lets a loaded model score rows that lack columns of <see cref="BraTSCase"/>.</summary>
public static class OptionalColumnsExtensions
{
    /// <summary>The same model for rows of any origin: a column of <see cref="BraTSCase"/> that they do not have counts as empty. At least
    /// one column with a scan must be there.</summary>
    /// <remarks>A model that was fitted in this process takes such rows as it is, and so do <c>Segmentation.Score</c> and
    /// <c>Segmentation.Evaluate</c>. A model that <c>mlContext.Model.Load</c> made consists of ML.NET's own transformers, which refuse a
    /// missing column. What is saved is the model without this wrapper.</remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">A model with the stage LoadVolumes, fitted or loaded.</param>
    /// <returns>The model, for <c>Transform</c> and <c>CreatePredictionEngine</c>; its other columns are those of the model.</returns>
    /// <exception cref="ArgumentException">The model has no stage LoadVolumes.</exception>
    /// <exception cref="InvalidDataException">A header of the model is damaged or was written by a newer version.</exception>
    public static ITransformer WithOptionalColumns(this ModelOperationsCatalog catalog, ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        StageHeader header = StageReader.Read(model).FirstOrDefault(stage => stage.Header.Stage == LoadVolumesEstimator.Stage)?.Header
            ?? throw new ArgumentException(
                "The model has no stage 'load-volumes', so that it reads no column of BraTSCase. Give one that begins with LoadVolumes.",
                nameof(model));
        StageDescription stage = LoadVolumesEstimator.Describe(header.Read<LoadVolumesOptions>(LoadVolumesEstimator.Stage));
        return new OptionalColumnsTransformer(stage, model, saved: model);
    }
}
