using Microsoft.ML.OnnxRuntime;

namespace Smml.MLNet;

/// <summary>Prepares onnxruntime before its first use, and makes the options of its sessions.</summary>
/// <remarks>Its official Linux build collects telemetry unless the process environment says otherwise, and keeps a device identifier under
/// the user's home. A managed environment variable does not reach it; <c>setenv</c> of the C library does.</remarks>
internal static class OnnxRuntimeEnvironment
{
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

    private static Exception? Start()
    {
        NativeEnvironment.SetDefault("ORT_DISABLE_TELEMETRY", "1");
        try
        {
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
