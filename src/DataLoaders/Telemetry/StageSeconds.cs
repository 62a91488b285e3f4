namespace Smml.MLNet.Telemetry;

/// <summary>Adds up what the stages of a case take on this thread, from its creation until it is disposed.</summary>
internal sealed class StageSeconds : IDisposable
{
    [ThreadStatic]
    private static StageSeconds? s_current;

    private readonly double[] _seconds = new double[Enum.GetValues<CaseStage>().Length];

    /// <summary>Begins to add up.</summary>
    public StageSeconds() => s_current = this;

    /// <summary>Whether somebody adds up on this thread.</summary>
    public static bool IsOn => s_current is not null;

    /// <summary>The seconds of a stage so far.</summary>
    public double this[CaseStage stage] => _seconds[(int)stage];

    /// <summary>Adds a stage that has ended on this thread.</summary>
    public static void Add(CaseStage stage, double seconds)
    {
        if (s_current is { } current)
            current._seconds[(int)stage] += seconds;
    }

    public void Dispose() => s_current = null;
}
