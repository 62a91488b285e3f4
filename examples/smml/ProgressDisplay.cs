using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Smml.MLNet.CommandLine;

/// <summary>A progress bar where the terminal can draw one, else a line now and then.</summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(10);

    /// <summary>Told how far the work is.</summary>
    /// <param name="fraction">0 to 1.</param>
    /// <param name="text">What is being done.</param>
    /// <param name="remaining">The time that is left.</param>
    public delegate void Report(double fraction, string text, TimeSpan remaining);

    /// <summary>Does work that reports its progress.</summary>
    public static T Run<T>(Terminal terminal, string title, Func<Report, T> work) =>
        terminal.IsInteractive ? Bar(terminal, title, work) : Lines(terminal, title, work);

    /// <summary>The time that is left when a share of the work took so long.</summary>
    public static TimeSpan Remaining(double fraction, TimeSpan elapsed) =>
        fraction <= 0 ? TimeSpan.Zero : elapsed * ((1 - fraction) / fraction);

    private static T Bar<T>(Terminal terminal, string title, Func<Report, T> work)
    {
        int width = Math.Clamp(terminal.Error.Profile.Width - 42, 8, 40); // the rest is for text, percentage and time
        return terminal.Error.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = width }, new PercentageColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: 1);
                return work((fraction, text, remaining) =>
                {
                    task.Value = fraction;
                    task.Description = Markup.Escape($"{text}, {Format(remaining)} left");
                });
            });
    }

    private static T Lines<T>(Terminal terminal, string title, Func<Report, T> work)
    {
        terminal.Note(title);
        long last = Stopwatch.GetTimestamp();
        return work((fraction, text, remaining) =>
        {
            if (Stopwatch.GetElapsedTime(last) < s_quiet && fraction < 1)
                return;
            last = Stopwatch.GetTimestamp();
            terminal.Note(string.Create(CultureInfo.InvariantCulture, $"{fraction,4:0%} {text}, {Format(remaining)} left"));
        });
    }

    private static string Format(TimeSpan time) =>
        time.ToString(time.TotalHours < 1 ? @"m\:ss" : time.TotalDays < 1 ? @"h\:mm\:ss" : @"d\d\ h\:mm\:ss", CultureInfo.InvariantCulture);
}
