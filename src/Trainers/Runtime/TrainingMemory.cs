using System.Runtime.InteropServices;

namespace Smml.MLNet;

/// <summary>While it lives, glibc either keeps freed memory, so that a step's buffers are not cleared page by page by the kernel, or gives
/// every freed tensor back to the system at once.</summary>
/// <remarks>Kept memory is faster and, being in pieces, more. A training step frees and takes several times its memory. Elsewhere than on
/// Linux with glibc, and where the user has set a <c>MALLOC_</c> variable, nothing is changed.</remarks>
internal sealed partial class TrainingMemory : IDisposable
{
    // malloc.h
    private const int TrimThreshold = -1, MappingThreshold = -3, MaximumMappings = -4;
    private const int DefaultThreshold = 128 * 1024, DefaultMaximumMappings = 65536;

    private static readonly Lock s_gate = new();
    private static int s_users;
    private readonly bool _active;

    /// <summary>Sets the allocator for the process; of several at once the first decides.</summary>
    /// <param name="keeps">Whether freed memory is kept.</param>
    public TrainingMemory(bool keeps)
    {
        if (!OperatingSystem.IsLinux()
            || UserDecides()
            || !NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "mallopt", out _))
            return;
        _active = true;
        lock (s_gate)
        {
            if (s_users++ > 0)
                return;
            if (keeps)
                Set(int.MaxValue, 0);
            else
                _ = Option(MappingThreshold, DefaultThreshold); // a fixed one: glibc's own rises to 32 MB with the tensors that it has seen
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
                Set(DefaultThreshold, DefaultMaximumMappings);
                _ = Trim(0);
            }
        }
    }

    private static bool UserDecides() =>
        Environment.GetEnvironmentVariables().Keys.Cast<string>().Any(name => name.StartsWith("MALLOC_", StringComparison.Ordinal));

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
