using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>The door of the library: <c>mlContext.Segmentation</c>.</summary>
public static class SegmentationExtensions
{
    extension(MLContext context)
    {
        /// <summary>Trainers and evaluation for brain tumour segmentation. Research use only, never a diagnosis.</summary>
        public SegmentationCatalog Segmentation => new(context);
    }
}

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
