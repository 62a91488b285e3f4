using System.Globalization;

namespace Smml.MLNet;

/// <summary>The largest resident memory of this process since an object of this class was made.</summary>
/// <remarks>On Linux the kernel counts it (VmHWM, set back by writing 5 to <c>/proc/self/clear_refs</c>); elsewhere
/// it is sampled twenty times a second.</remarks>
internal sealed class PeakMemory : IDisposable
{
    private const string Status = "/proc/self/status", ClearReferences = "/proc/self/clear_refs";
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(50);

    private readonly bool _isCounted;
    private readonly Timer? _timer;
    private long _sampled;

    public PeakMemory()
    {
        _isCounted = Reset();
        if (!_isCounted)
            _timer = new(_ => Sample(), null, TimeSpan.Zero, s_interval);
    }

    /// <summary>The largest memory so far, in bytes.</summary>
    public long Read()
    {
        if (_isCounted && Counted() is { } bytes)
            return bytes;
        Sample();
        return Volatile.Read(ref _sampled);
    }

    public void Dispose() => _timer?.Dispose();

    private static bool Reset()
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            File.WriteAllText(ClearReferences, "5");
            return Counted() is not null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static long? Counted() => File.ReadLines(Status)
        .Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2])
        .Select(kibibytes => (long?)long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024)
        .FirstOrDefault();

    private void Sample()
    {
        long now = Environment.WorkingSet;
        if (now > Volatile.Read(ref _sampled))
            Volatile.Write(ref _sampled, now);
    }
}
