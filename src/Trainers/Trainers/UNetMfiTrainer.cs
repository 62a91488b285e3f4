using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>Trains U-Net-MFI (MICCAI 2022): a U-Net per modality that exchange features, one mask per sample.</summary>
/// <param name="context">The context.</param>
/// <param name="options">Settings; null takes the published ones.</param>
/// <exception cref="ArgumentException">Options are out of range; the message lists every one.</exception>
public sealed class UNetMfiTrainer(MLContext context, UNetMfiTrainerOptions? options = null)
    : SegmentationTrainer(context, options ?? new());
