using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>Trains M3AE (AAAI 2023): a U-Net that first reconstructs hidden scans, with a learnt image in place of missing ones.</summary>
/// <param name="context">The context.</param>
/// <param name="options">Settings; null takes the published ones.</param>
/// <exception cref="ArgumentException">Options are out of range; the message lists every one.</exception>
public sealed class M3aeTrainer(MLContext context, M3aeTrainerOptions? options = null)
    : SegmentationTrainer(context, options ?? new());
