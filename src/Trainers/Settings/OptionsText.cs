using System.Globalization;
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
        string precision = options.Precision switch
        {
            TrainingPrecision.Single => "single precision",
            TrainingPrecision.BFloat16 => "bfloat16",
            _ => "bfloat16 where the device has it",
        };
        string recomputed = options.RecomputeEncoders ? ", encoders recomputed" : "";
        string seed = options.Seed is { } own ? $"{own}" : "of the MLContext";

        StringBuilder text = new();
        text
            .Append(
                CultureInfo.InvariantCulture,
                $"network: {options.Method.Title} {options.Network.Describe()}, {options.Fidelity.ToString().ToLowerInvariant()}")
            .Append('\n');
        text
            .Append(
                CultureInfo.InvariantCulture,
                $"cases: {options.Cases.Split?.Name ?? "all that are given"}; augmentation: rotation up to {augmentation.RotationDegrees} "
                + $"degrees, intensity x{1 - augmentation.IntensityScale:0.##} to {1 + augmentation.IntensityScale:0.##} and "
                + $"+-{augmentation.IntensityShift:0.##}, flips {augmentation.FlipProbability:0.##}")
            .Append('\n');
        text
            .Append(
                CultureInfo.InvariantCulture,
                $"training: {options.Epochs} epochs of {steps}, batch {options.BatchSize}{passes}, {precision}{recomputed}, seed {seed}")
            .Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"optimizer: {options.DescribeOptimizer()}").Append('\n');
        options.DescribeObjective(text);
        return text.ToString().TrimEnd('\n');
    }
}
