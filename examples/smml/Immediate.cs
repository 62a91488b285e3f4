namespace Smml.MLNet.CommandLine;

/// <summary>Reports on the thread that works: <see cref="Progress{T}"/> would report late and out of order in a console program.</summary>
internal sealed class Immediate<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
