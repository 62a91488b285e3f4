namespace Smml.MLNet;

/// <summary>The names under which this library reports what it does, to <c>MeterListener</c>, <c>ActivityListener</c>, OpenTelemetry or
/// <c>dotnet-counters</c>. Nothing is measured while nobody listens.</summary>
/// <remarks>
/// <para>No value and no tag holds a path, the name of a case, or anything that a file says.</para>
/// <para>Names follow OpenTelemetry's rules: seconds as unit <c>s</c>, counts in braces.</para>
/// </remarks>
public static class SmmlTelemetry
{
    /// <summary>The name of the <c>Meter</c> and of the <c>ActivitySource</c>: <c>Smml.MLNet</c>.</summary>
    public const string Name = "Smml.MLNet";

    /// <summary>Counter <c>smml.cases</c>, unit <c>{case}</c>: cases that a run is done with. Tags <see cref="OperationTag"/> and
    /// <see cref="OutcomeTag"/>.</summary>
    public const string Cases = "smml.cases";

    /// <summary>Histogram <c>smml.stage.duration</c>, unit <c>s</c>: what a stage of one case took. Tag <see cref="StageTag"/>.</summary>
    public const string StageDuration = "smml.stage.duration";

    /// <summary>Counter <c>smml.windows</c>, unit <c>{window}</c>: windows that the networks have seen, once each however many subsets
    /// share them.</summary>
    public const string Windows = "smml.windows";

    /// <summary>Histogram <c>smml.training.step.duration</c>, unit <c>s</c>: an optimizer step, without waiting for its samples. Its count
    /// is the number of steps. Tag <see cref="MethodTag"/>.</summary>
    public const string StepDuration = "smml.training.step.duration";

    /// <summary>Gauge <c>smml.training.loss</c>: the mean of a loss term over an epoch. Tags <see cref="MethodTag"/> and
    /// <see cref="TermTag"/>.</summary>
    public const string Loss = "smml.training.loss";

    /// <summary>Which work a case belongs to: <c>score</c> (a folder), <c>segment</c> (one case in memory) or <c>evaluate</c>.</summary>
    public const string OperationTag = "smml.operation";

    /// <summary>How it ended: <c>done</c>, <c>failed</c>, or <c>kept</c> for one that an earlier run had done.</summary>
    public const string OutcomeTag = "smml.outcome";

    /// <summary><c>read</c> (files to volumes), <c>prepare</c> (cropping, resampling, normalisation), <c>network</c> or
    /// <c>write</c>.</summary>
    public const string StageTag = "smml.stage";

    /// <summary>The method, for example <c>smml</c>.</summary>
    public const string MethodTag = "smml.method";

    /// <summary>The loss term, with the network that it belongs to.</summary>
    public const string TermTag = "smml.term";
}
