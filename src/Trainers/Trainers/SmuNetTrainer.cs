using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>Trains SMU-Net (MIDL 2022): a teacher that sees all scans, and a student for each incomplete subset of them.</summary>
/// <param name="context">The context.</param>
/// <param name="options">Settings; null takes the published ones.</param>
/// <exception cref="ArgumentException">Options are out of range; the message lists every one.</exception>
public sealed class SmuNetTrainer(MLContext context, SmuNetTrainerOptions? options = null)
    : SegmentationTrainer(context, options ?? new());
