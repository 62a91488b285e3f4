using System.Text;

namespace Smml.MLNet;

/// <summary>The settings of the published experiments, and settings in words.</summary>
internal static class PublishedSettings
{
    private const int Seed = 1024;

    /// <summary>The options behind <see cref="SmmlTrainerOptions.Paper"/>.</summary>
    public static SmmlTrainerOptions Of(BraTS edition, Fidelity fidelity) => new()
    {
        Architecture = fidelity == Fidelity.Reference ? SmmlArchitecture.Paper.WithTokenLayout(TokenLayout.Reference) : SmmlArchitecture.Paper,
        Fidelity = fidelity,
        Seed = Seed,
        Split = edition switch
        {
            BraTS.Y2018 => BraTSSplit.BraTS2018(1),
            BraTS.Y2020 => BraTSSplit.BraTS2020(),
            BraTS.Y2015 => null,
            _ => throw new ArgumentOutOfRangeException(nameof(edition), edition, "Expected Y2015, Y2018 or Y2020."),
        },
        DataDescription = edition switch { BraTS.Y2018 => "BraTS 2018, fold 1", BraTS.Y2020 => "BraTS 2020", _ => "BraTS 2015" },
    };

    /// <summary>What a training is going to do, a line a group of settings.</summary>
    public static string Describe(SmmlTrainerOptions options)
    {
        SmmlLossOptions losses = options.Losses;
        SmmlArchitecture architecture = options.Architecture;
        StringBuilder text = new();
        Line($"network: {architecture.Name}, {architecture.BaseChannels} base channels, transformer width {architecture.TransformerWidth}, window {architecture.Patch}, {architecture.BranchCount} branch{(architecture.BranchCount == 1 ? "" : "es")}, {options.Fidelity.ToString().ToLowerInvariant()}");
        Line($"cases: {options.Split?.Name ?? "all that are given"}; augmentation: rotation up to {options.Augmentation.RotationDegrees} degrees, intensity x{1 - options.Augmentation.IntensityScale:0.##} to {1 + options.Augmentation.IntensityScale:0.##} and +-{options.Augmentation.IntensityShift:0.##}, flips {options.Augmentation.FlipProbability:0.##}");
        Line($"training: {options.Epochs} epochs of {(options.StepsPerEpoch is { } steps ? $"{steps} steps" : "cases / batch steps")}, batch {options.BatchSize}{(options.GradientAccumulation > 1 ? $" x {options.GradientAccumulation} passes" : "")}, {(options.Precision == TrainingPrecision.Single ? "single precision" : "bfloat16")}{(options.RecomputeEncoders ? ", encoders recomputed" : "")}, seed {(options.Seed is { } seed ? $"{seed}" : "of the MLContext")}");
        Line($"optimizer: Adam with AMSGrad, learning rate {options.LearningRate:0.########} x (1 - epoch / {options.Epochs})^0.9, weight decay {options.WeightDecay:0.########}");
        Line($"losses: cross-entropy + Dice; separate x{losses.SeparateWeight:0.###}, auxiliary x{losses.AuxiliaryWeight:0.###}; FRC x{losses.FeatureRelationWeight:0.###} ({losses.Prototypes} prototypes, {losses.RelationWeights} weights); SRN x{losses.RefinementWeight:0.###}");
        Line($"from epoch {options.ConsistencyStart + 1} on: PBC x{losses.PixelConsistencyWeight:0.###} at temperature {losses.Temperature:0.###} ({losses.Direction}), refinement consistency x{losses.RefinementConsistencyWeight:0.###}");
        return text.ToString().TrimEnd('\n');

        void Line(FormattableString line) => text.Append(FormattableString.Invariant(line)).Append('\n');
    }
}
