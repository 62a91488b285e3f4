using Microsoft.ML;
using Smml.MLNet.Persistence;

namespace Smml.MLNet;

/// <summary>Trainers and evaluation for segmentation, as ML.NET's task catalogs.</summary>
public sealed class SegmentationCatalog
{
    internal SegmentationCatalog(MLContext context)
    {
        Context = context;
        Trainers = new(context);
    }

    /// <summary>The trainers.</summary>
    public SegmentationTrainers Trainers { get; }

    internal MLContext Context { get; }

    /// <summary>What a fitted or loaded model is, and whether its weights are the ones that were saved.</summary>
    /// <param name="model">A chain with an SMML stage, fitted here or loaded by <c>mlContext.Model.Load</c>.</param>
    /// <exception cref="InvalidOperationException">The model has no SMML stage.</exception>
    /// <exception cref="InvalidDataException">The header or the weights are damaged, or a newer version wrote them.</exception>
    public SmmlModelInfo Describe(ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        StageInfo stage = SmmlModelReader.Find(model);
        SmmlModelInfo info = stage.Header.Read<SmmlModelInfo>(SmmlStage.Name);
        SmmlWeights.Verify(info, stage.ReadBlob());
        return info;
    }

    /// <summary>The trainers for segmentation.</summary>
    public sealed class SegmentationTrainers
    {
        private readonly MLContext _context;

        internal SegmentationTrainers(MLContext context) => _context = context;

        /// <summary>Semantic-guided masked mutual learning with the published settings but for the number of epochs.</summary>
        /// <param name="epochs">Passes over the training cases, 1 to 100000.</param>
        /// <param name="architecture">The network; null takes <see cref="SmmlArchitecture.Paper"/>.</param>
        public SmmlTrainer Smml(int epochs, SmmlArchitecture? architecture = null) => Smml(new SmmlTrainerOptions { Epochs = epochs, Architecture = architecture ?? SmmlArchitecture.Paper });

        /// <summary>Semantic-guided masked mutual learning.</summary>
        /// <param name="options">Settings; null takes the published ones.</param>
        public SmmlTrainer Smml(SmmlTrainerOptions? options = null) => new(_context, options);
    }
}
