using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>Trains RFNet (ICCV 2021): region-aware fusion, one network, one mask per sample.</summary>
/// <param name="context">The context.</param>
/// <param name="options">Settings; null takes the published ones.</param>
/// <exception cref="ArgumentException">Options are out of range; the message lists every one.</exception>
public sealed class RFNetTrainer(MLContext context, RFNetTrainerOptions? options = null) : SegmentationTrainer(context, options ?? new());
