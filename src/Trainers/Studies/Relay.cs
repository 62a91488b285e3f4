namespace Smml.MLNet.Studies;

/// <summary>Hands reports on at once, on the thread that makes them.</summary>
/// <param name="report">Receives them.</param>
internal sealed class Relay<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
