namespace Smml.MLNet.Service;

/// <summary>Loads the model at the start and again whenever its file changes. It looks instead of listening: network file systems and
/// mounted volumes of containers send no events.</summary>
internal sealed class ModelWatcher(ModelSlot slot, ServiceOptions options, ILogger<ModelWatcher> log) : BackgroundService
{
    /// <inheritdoc/>
    /// <remarks>A service without a model must not start.</remarks>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        Stamp first = Stamp.Of(options.Model);
        slot.Load(options.Model);
        log.ModelLoaded(slot.Current!.Sha256);
        _last = first;
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    private Stamp _last;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(options.ModelCheckSeconds));
        Stamp seen = _last;
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            Stamp now = Stamp.Of(options.Model);
            if (now == _last || now != seen)
            {
                seen = now; // a file that grows is left alone until it has stayed the same for one round
                continue;
            }

            _last = now;
            try
            {
                slot.Load(options.Model);
                log.ModelLoaded(slot.Current!.Sha256);
            }
            catch (Exception exception)
            {
                // Any fault of a new file, of whatever kind, must leave the service as it was.
                log.ModelRefused(exception);
            }
        }
    }

    private readonly record struct Stamp(DateTime Written, long Length)
    {
        public static Stamp Of(string path)
        {
            FileInfo file = new(path);
            return file.Exists ? new(file.LastWriteTimeUtc, file.Length) : default;
        }
    }
}
