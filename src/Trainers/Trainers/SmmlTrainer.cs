using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>Trains SMML: two mmFormer students on differently masked inputs that teach each other (AAAI 2025); or one, see
/// <see cref="SmmlArchitecture.BranchCount"/>.</summary>
/// <param name="context">The context.</param>
/// <param name="options">Settings; null takes the published ones.</param>
/// <exception cref="ArgumentException">Options are out of range; the message lists every one.</exception>
public sealed class SmmlTrainer(MLContext context, SmmlTrainerOptions? options = null) : SegmentationTrainer(context, options ?? new());
