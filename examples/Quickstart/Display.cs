using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Smml.MLNet.Quickstart;

/// <summary>What the quickstart shows while it works.</summary>
internal static class Display
{
    /// <summary>A line of text, never read as markup.</summary>
    public static void Say(string text) => AnsiConsole.Console.WriteLine(text, Style.Plain);

    /// <summary>Does one phase and says how long it took.</summary>
    public static void Phase(string done, Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        Say(string.Create(CultureInfo.InvariantCulture, $"{done} in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s"));
    }

    /// <summary>Trains with a progress bar.</summary>
    public static T Training<T>(string done, Func<IProgress<TrainingProgress>, T> train) =>
        Progress(done, task => train(new Immediate<TrainingProgress>(now =>
        {
            task.Value = now.Fraction;
            string loss = now.EpochLosses.FirstOrDefault(term => term.Role == LossRole.Total) is { } total
                ? string.Create(CultureInfo.InvariantCulture, $", loss {total.Value:0.00}")
                : "";
            if (now.Step == now.StepsPerEpoch)
                task.Description = $"epoch {now.Epoch}/{now.Epochs}{loss}";
        })));

    /// <summary>Evaluates with a progress bar.</summary>
    public static SegmentationReport Evaluation(string done, Func<IProgress<EvaluationProgress>, SegmentationReport> evaluate) =>
        Progress(done, task => evaluate(new Immediate<EvaluationProgress>(now =>
        {
            task.Value = (double)now.Done / now.Total;
            task.Description = $"evaluated {now.Done}/{now.Total}";
        })));

    /// <summary>The most memory that this process has used so far.</summary>
    public static void PeakMemory(string process)
    {
        using Process self = Process.GetCurrentProcess();
        Say(string.Create(
            CultureInfo.InvariantCulture, $"peak memory of the {process}: {self.PeakWorkingSet64 / (double)(1 << 30):0.0} GiB"));
    }

    private static T Progress<T>(string done, Func<ProgressTask, T> work)
    {
        T result = default!;
        Phase(done, () => AnsiConsole.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn { Width = 20 },
                new PercentageColumn(),
                new RemainingTimeColumn())
            .Start(context => result = work(context.AddTask("starting", maxValue: 1))));
        return result;
    }

    // Progress<T> would report on another thread, late and out of order.
    private sealed class Immediate<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
