using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Smml.MLNet;

/// <summary>Prepares onnxruntime before its first use, and makes the options of its sessions.</summary>
/// <remarks>Its official Linux build collects telemetry unless the process environment says otherwise, and keeps a device identifier under
/// the user's home. A managed environment variable does not reach it; <c>setenv</c> of the C library does.</remarks>
internal static class OnnxRuntimeEnvironment
{
    private const string Library = "onnxruntime", Backend = "Microsoft.ML.OnnxRuntime";

    private static readonly Lazy<Exception?> s_failure = new(Start);

    /// <summary>Why the native library cannot be loaded; null if it was loaded. Telemetry is off then.</summary>
    public static Exception? Failure => s_failure.Value;

    /// <summary>The version of the native library.</summary>
    public static string Version => OrtEnv.Instance().GetVersionString();

    /// <summary>Switches telemetry off and loads the native library.</summary>
    /// <exception cref="InvalidOperationException">The native library is missing.</exception>
    public static void Initialize()
    {
        if (Failure is { } failure)
        {
            throw new InvalidOperationException(
                "onnxruntime's native library does not load. Add the package Microsoft.ML.OnnxRuntime (CPU) to the application.", failure);
        }
    }

    /// <summary>Options of a session; the caller disposes them when the session is made.</summary>
    /// <param name="threads">Threads of one run; null for onnxruntime's default, the physical cores.</param>
    /// <remarks>The arena would keep the peak of the largest run for ever; without it runs are no slower.</remarks>
    public static SessionOptions CreateOptions(int? threads = null) => new()
    {
        EnableCpuMemArena = false,
        GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        IntraOpNumThreads = threads ?? 0,
        LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
    };

    /// <summary>The native library of the version of its managed part, if that was loaded from a folder of NuGet as in a notebook
    /// kernel; null where it was not, or where that folder has none.</summary>
    /// <param name="assembly">The path of the managed part.</param>
    internal static string? OfPackages(string assembly) => CachedPackage.Of(assembly) is { } managed
        ? NativeFiles.Find(Library, [managed.Beside(Backend, managed.Version).NativeFolder])
        : null;

    // Otherwise a library of the same name that the system has would be taken first.
    private static void LoadOfPackages(Assembly binding)
    {
        if (NativeFiles.Find(Library, NativeFiles.OfApplication(binding)) is not null || OfPackages(binding.Location) is not { } path)
            return;
        nint handle = NativeLibrary.Load(path);
        try
        {
            NativeLibrary.SetDllImportResolver(
                binding, (name, _, _) => name is Library || name == NativeFiles.NameOf(Library) || name == Library + ".dll" ? handle : 0);
            OrtEnv.DisableDllImportResolver = true; // its own, which would write to the console that there is one
        }
        catch (InvalidOperationException)
        {
            // The program has decided where the library comes from, or has used it already.
        }
    }

    private static Exception? Start()
    {
        NativeEnvironment.SetDefault("ORT_DISABLE_TELEMETRY", "1");
        try
        {
            LoadOfPackages(typeof(OrtEnv).Assembly);
            OrtEnv.Instance().DisableTelemetryEvents();
            return null;
        }
        catch (Exception error)
            when (error is DllNotFoundException or TypeInitializationException or EntryPointNotFoundException or BadImageFormatException)
        {
            return error;
        }
    }
}
