using System.Runtime.InteropServices;

namespace Smml.MLNet;

/// <summary>While it lives, glibc keeps freed memory instead of giving it back to the system after every tensor, so that a step's buffers are not cleared page by page by the kernel.</summary>
/// <remarks>A training step frees and takes several times its memory. Elsewhere than on Linux with glibc, and where the user has set a <c>MALLOC_</c> variable, nothing is changed.</remarks>
internal sealed partial class TrainingMemory : IDisposable
{
    // malloc.h
    private const int TrimThreshold = -1, MaximumMappings = -4;
    private const int DefaultTrimThreshold = 128 * 1024, DefaultMaximumMappings = 65536;

    private static readonly Lock s_gate = new();
    private static int s_users;
    private readonly bool _active;

    public TrainingMemory()
    {
        if (!OperatingSystem.IsLinux() || UserDecides() || !NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "mallopt", out _))
            return;
        _active = true;
        lock (s_gate)
        {
            if (s_users++ == 0)
                Set(int.MaxValue, 0);
        }
    }

    public void Dispose()
    {
        if (!_active)
            return;
        lock (s_gate)
        {
            if (--s_users == 0)
            {
                Set(DefaultTrimThreshold, DefaultMaximumMappings);
                _ = Trim(0);
            }
        }
    }

    private static bool UserDecides() => Environment.GetEnvironmentVariables().Keys.Cast<string>().Any(name => name.StartsWith("MALLOC_", StringComparison.Ordinal));

    private static void Set(int trimThreshold, int maximumMappings)
    {
        _ = Option(TrimThreshold, trimThreshold);
        _ = Option(MaximumMappings, maximumMappings);
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int Option(int parameter, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint padding);
}
