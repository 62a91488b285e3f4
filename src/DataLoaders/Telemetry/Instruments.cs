using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Smml.MLNet.Telemetry;

/// <summary>The instruments behind <see cref="SmmlTelemetry"/>; one of each for the three packages.</summary>
internal static class Instruments
{
    public const string Score = "score", Segment = "segment", Evaluate = "evaluate";

    private static readonly ActivitySource s_activities = new(SmmlTelemetry.Name);
    private static readonly Meter s_meter = new(SmmlTelemetry.Name);

    private static readonly Counter<long> s_cases = s_meter.CreateCounter<long>(
        SmmlTelemetry.Cases, "{case}", "Cases that a run is done with");

    private static readonly Counter<long> s_windows = s_meter.CreateCounter<long>(
        SmmlTelemetry.Windows, "{window}", "Windows that the networks have seen");

    private static readonly Histogram<double> s_stages = s_meter.CreateHistogram<double>(
        SmmlTelemetry.StageDuration, "s", "What a stage of one case took");

    private static readonly Histogram<double> s_steps = s_meter.CreateHistogram<double>(
        SmmlTelemetry.StepDuration, "s", "What an optimizer step took");

    private static readonly Gauge<double> s_losses = s_meter.CreateGauge<double>(
        SmmlTelemetry.Loss, null, "The mean of a loss term over an epoch");

    /// <summary>Begins an activity, for example <c>smml.score</c>; null while nobody listens.</summary>
    public static Activity? Activity(string name) => s_activities.StartActivity(name);

    /// <summary>Begins a stage of a case; disposing the result ends it.</summary>
    public static StageWatch Stage(CaseStage stage)
    {
        Activity? activity = s_activities.HasListeners() ? s_activities.StartActivity($"smml.{NameOf(stage)}") : null;
        return new(stage, activity, s_stages.Enabled || StageSeconds.IsOn ? Stopwatch.GetTimestamp() : 0);
    }

    /// <summary>Counts a case.</summary>
    /// <param name="operation">One of the constants above.</param>
    /// <param name="failed">Whether it failed.</param>
    /// <param name="kept">Whether an earlier run had done it.</param>
    public static void Case(string operation, bool failed, bool kept = false) => s_cases.Add(
        1, new(SmmlTelemetry.OperationTag, operation), new(SmmlTelemetry.OutcomeTag, failed ? "failed" : kept ? "kept" : "done"));

    /// <summary>Counts windows.</summary>
    public static void Windows(int count) => s_windows.Add(count);

    /// <summary>Measures an optimizer step.</summary>
    public static void Step(string method, TimeSpan elapsed) =>
        s_steps.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>(SmmlTelemetry.MethodTag, method));

    /// <summary>Reports a loss term of an epoch.</summary>
    public static void Loss(string method, string term, double value) => s_losses.Record(
        value, new KeyValuePair<string, object?>(SmmlTelemetry.MethodTag, method), new(SmmlTelemetry.TermTag, term));

    private static string NameOf(CaseStage stage) => stage switch
    {
        CaseStage.Read => "read",
        CaseStage.Prepare => "prepare",
        CaseStage.Network => "network",
        _ => "write",
    };

    /// <summary>A stage that is going on.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="activity">Ends with the stage.</param>
    /// <param name="start">A time stamp; 0 while nobody wants to know how long it takes.</param>
    internal readonly struct StageWatch(CaseStage stage, Activity? activity, long start) : IDisposable
    {
        public void Dispose()
        {
            activity?.Dispose();
            if (start == 0)
                return;
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            StageSeconds.Add(stage, seconds);
            s_stages.Record(seconds, new KeyValuePair<string, object?>(SmmlTelemetry.StageTag, NameOf(stage)));
        }
    }
}

/// <summary>What is done with a case.</summary>
internal enum CaseStage
{
    /// <summary>Files become volumes.</summary>
    Read,

    /// <summary>Cropping, resampling, normalisation.</summary>
    Prepare,

    /// <summary>The networks.</summary>
    Network,

    /// <summary>Segmentations become files.</summary>
    Write,
}
