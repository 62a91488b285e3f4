using System.Diagnostics;
using Microsoft.ML;

namespace Smml.MLNet.Comparison;

/// <summary>Times a few training steps of a method.</summary>
internal static class StepTimer
{
    private const int Steps = 6, WarmUp = 2;

    /// <summary>The median time of a step after the first ones, in seconds.</summary>
    public static double SecondsPerStep(
        MLContext context, SegmentationTrainerOptions options, IDataView training, CancellationToken cancellation)
    {
        List<double> seconds = [];
        long last = Stopwatch.GetTimestamp();
        SegmentationTrainerOptions some = options with
        {
            Epochs = 1,
            StepsPerEpoch = Steps,
            Validation = null,
            Checkpoints = null,
            Output = options.Output with { LogFolder = null },
            CancellationToken = cancellation,
            Progress = new Watch(() =>
            {
                seconds.Add(Stopwatch.GetElapsedTime(last).TotalSeconds);
                last = Stopwatch.GetTimestamp();
            }),
        };
        using SegmentationTransformer model = new MethodTrainer(context, some).Fit(training);
        if (model.Training.StopReason != StopReason.Completed)
            throw new OperationCanceledException(cancellation);
        double[] sorted = [.. seconds.Skip(WarmUp).Order()];
        return sorted[sorted.Length / 2];
    }

    private sealed class Watch(Action act) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => act();
    }
}
