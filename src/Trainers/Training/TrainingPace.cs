using System.Diagnostics;

namespace Smml.MLNet.Training;

/// <summary>Time of training over all processes, and the time that is left at the pace of this one.</summary>
/// <param name="state">Receives the time.</param>
/// <param name="steps">Steps of the whole training.</param>
internal sealed class TrainingPace(TrainingState state, long steps)
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly long _first = state.StepsDone;
    private readonly TimeSpan _before = state.Elapsed;

    public TimeSpan Elapsed => _before + Stopwatch.GetElapsedTime(_start);

    /// <summary>Notes the time in the state, after at least one step of this process.</summary>
    public (TimeSpan Elapsed, TimeSpan Remaining) Mark()
    {
        TimeSpan own = Stopwatch.GetElapsedTime(_start);
        state.Elapsed = _before + own;
        return (state.Elapsed, own * ((double)(steps - state.StepsDone) / (state.StepsDone - _first)));
    }
}
