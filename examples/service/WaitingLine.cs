namespace Smml.MLNet.Service;

/// <summary>Lets a bounded number of requests in, and of these a bounded number compute.</summary>
/// <param name="options">How many.</param>
internal sealed class WaitingLine(ServiceOptions options) : IDisposable
{
    private readonly SemaphoreSlim _places = new(options.Workers + options.QueueLength), _workers = new(options.Workers);

    /// <summary>A place for a request, or null if all are taken. Disposing it makes room.</summary>
    public IDisposable? Enter() => _places.Wait(0) ? new Place(_places) : null;

    /// <summary>Waits until a worker is free. Disposing the result makes it free again.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled while the request waited.</exception>
    public async Task<IDisposable> WorkerAsync(CancellationToken cancellation)
    {
        await _workers.WaitAsync(cancellation).ConfigureAwait(false);
        return new Place(_workers);
    }

    public void Dispose()
    {
        _places.Dispose();
        _workers.Dispose();
    }

    private sealed class Place(SemaphoreSlim taken) : IDisposable
    {
        private SemaphoreSlim? _taken = taken;

        public void Dispose() => Interlocked.Exchange(ref _taken, null)?.Release();
    }
}
