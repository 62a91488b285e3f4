using System.Text;

namespace Smml.MLNet;

/// <summary>Settings in words.</summary>
internal static class OptionsText
{
    /// <summary>What a training is going to do, one group of settings per line.</summary>
    public static string Describe(SegmentationTrainerOptions options)
    {
        AugmentationOptions augmentation = options.Augmentation;
        string steps = options.StepsPerEpoch is { } number ? $"{number} steps" : "cases / batch steps";
        string passes = options.GradientAccumulation > 1 ? $" x {options.GradientAccumulation} passes" : "";
        string precision = options.Precision == TrainingPrecision.Single ? "single precision" : "bfloat16";
        string recomputed = options.RecomputeEncoders ? ", encoders recomputed" : "";
        string seed = options.Seed is { } own ? $"{own}" : "of the MLContext";

        StringBuilder text = new();
        text.AppendInvariantLine($"network: {options.Method.Title} {options.Network.Describe()}, {options.Fidelity.ToString().ToLowerInvariant()}");
        text.AppendInvariantLine($"cases: {options.Cases.Split?.Name ?? "all that are given"}; augmentation: rotation up to {augmentation.RotationDegrees} degrees, intensity x{1 - augmentation.IntensityScale:0.##} to {1 + augmentation.IntensityScale:0.##} and +-{augmentation.IntensityShift:0.##}, flips {augmentation.FlipProbability:0.##}");
        text.AppendInvariantLine($"training: {options.Epochs} epochs of {steps}, batch {options.BatchSize}{passes}, {precision}{recomputed}, seed {seed}");
        text.AppendInvariantLine($"optimizer: {options.DescribeOptimizer()}");
        options.DescribeObjective(text);
        return text.ToString().TrimEnd('\n');
    }

    /// <summary>Appends a line with numbers in the invariant culture.</summary>
    public static void AppendInvariantLine(this StringBuilder text, FormattableString line) => text.Append(FormattableString.Invariant(line)).Append('\n');
}
