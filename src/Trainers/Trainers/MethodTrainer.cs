using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>A trainer of a method that is chosen at run time.</summary>
internal sealed class MethodTrainer(MLContext context, SegmentationTrainerOptions options) : SegmentationTrainer(context, options);
