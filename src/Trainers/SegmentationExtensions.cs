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
