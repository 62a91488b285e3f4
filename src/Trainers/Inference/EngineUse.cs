namespace Smml.MLNet.Inference;

/// <summary>Counts who scores with an engine, so that its memory is given back when nobody reads it any more.</summary>
/// <param name="free">Gives the memory back; called once.</param>
internal sealed class EngineUse(Action free)
{
    private readonly Lock _gate = new();
    private int _users;
    private bool _closed;

    /// <summary>Begins a use, which ends when the token is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The engine was closed.</exception>
    public Token Enter()
    {
        lock (_gate)
        {
            ThrowIfClosed();
            _users++;
            return new(this);
        }
    }

    /// <summary>To be called often enough during a use.</summary>
    /// <exception cref="ObjectDisposedException">The engine was closed.</exception>
    public void ThrowIfClosed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed), typeof(SegmentationEngine));

    /// <summary>Lets nobody in any more, and frees the memory now or when the last user has left.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (_closed)
                return;
            Volatile.Write(ref _closed, true);
            if (_users > 0)
                return;
        }

        free();
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_users > 0 || !_closed)
                return;
        }

        free();
    }

    /// <summary>A use.</summary>
    internal readonly struct Token(EngineUse use) : IDisposable
    {
        public void Dispose() => use.Leave();
    }
}
