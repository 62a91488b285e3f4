using System.Globalization;

namespace Smml.MLNet.Comparison;

/// <summary>What a method cost, in words.</summary>
internal static class ComparisonCosts
{
    /// <summary>Weights that scoring needs, optimizer steps, time of training, seconds per case, largest
    /// memory in training and in scoring (GB).</summary>
    public static IEnumerable<string> Of(ComparisonResult one)
    {
        SegmentationModelInfo model = one.Model;
        yield return Number(model.WeightCount, "#,0");
        yield return Number(model.Training?.StepsDone ?? (long)model.Epochs * model.StepsPerEpoch, "0");
        yield return model.TrainingSeconds is { } seconds ? Time(seconds) : "-";
        yield return one.SecondsPerCase is { } each ? Number(each, "0.00") : "-";
        yield return Gigabytes(one.TrainingPeakBytes);
        yield return Gigabytes(one.ScoringPeakBytes);
    }

    private static string Gigabytes(long? bytes) => bytes is { } known ? Number(known / 1e9, "0.00") : "-";

    private static string Time(double seconds) =>
        seconds < 60 ? Number(seconds, "0.0 s") : seconds < 3600 ? Number(seconds / 60, "0.0 min") : Number(seconds / 3600, "0.0 h");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
