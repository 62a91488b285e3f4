using System.Globalization;

namespace Smml.MLNet.Comparison;

/// <summary>What a method cost, in words.</summary>
internal static class ComparisonCosts
{
    /// <summary>What the numbers are, where there is room.</summary>
    public static IReadOnlyList<string> LongHeads { get; } =
        ["weights", "steps", "training", "seconds per step", "seconds per case", "GB in training", "GB in scoring"];

    /// <summary>What the numbers are.</summary>
    public static IReadOnlyList<string> Heads { get; } =
        ["weights", "steps", "training", "s/step", "s/case", "train GB", "score GB"];

    /// <summary>Weights that scoring needs, optimizer steps, time of training, seconds per step and per case, largest memory in training
    /// and in scoring (GB); of several folds, steps and times are those of one on average.</summary>
    public static IEnumerable<string> Of(ComparisonResult one)
    {
        SegmentationModelInfo model = one.Model;
        yield return Number(model.WeightCount, "#,0");
        double steps = one.Models.Average(each => each.Training?.StepsDone ?? (long)each.Epochs * each.StepsPerEpoch);
        double? seconds = one.Models.Average(each => each.TrainingSeconds);
        yield return Number(steps, "0");
        yield return seconds is { } time ? Time(time) : "-";
        yield return seconds is { } all && steps > 0 ? Number(all / steps, "0.000") : "-";
        yield return one.SecondsPerCase is { } each ? Number(each, "0.00") : "-";
        yield return Gigabytes(one.TrainingPeakBytes);
        yield return Gigabytes(one.ScoringPeakBytes);
    }

    private static string Gigabytes(long? bytes) => bytes is { } known ? Number(known / 1e9, "0.00") : "-";

    private static string Time(double seconds) =>
        seconds < 60 ? Number(seconds, "0.0 s") : seconds < 3600 ? Number(seconds / 60, "0.0 min") : Number(seconds / 3600, "0.0 h");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
