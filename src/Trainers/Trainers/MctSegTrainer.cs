using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>Trains MCTSeg (arXiv 2404.14019): one network, one mask per sample, a teacher that sees all scans.</summary>
/// <param name="context">The context.</param>
/// <param name="options">Settings; null takes the published ones.</param>
/// <exception cref="ArgumentException">Options are out of range; the message lists every one.</exception>
public sealed class MctSegTrainer(MLContext context, MctSegTrainerOptions? options = null)
    : SegmentationTrainer(context, options ?? new());
