using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>Trains mmFormer (MICCAI 2022): one network, one mask per sample.</summary>
/// <param name="context">The context.</param>
/// <param name="options">Settings; null takes the published ones.</param>
/// <exception cref="ArgumentException">Options are out of range; the message lists every one.</exception>
public sealed class MmFormerTrainer(MLContext context, MmFormerTrainerOptions? options = null)
    : SegmentationTrainer(context, options ?? new());
