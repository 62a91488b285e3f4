using Microsoft.ML.OnnxRuntime;

namespace Smml.MLNet.CueGeneration;

/// <summary>Prepares onnxruntime before its first use.</summary>
/// <remarks>Its official Linux build collects telemetry unless the process environment says otherwise, and keeps a device identifier under
/// the user's home. A managed environment variable does not reach it; <c>setenv</c> of the C library does.</remarks>
internal static class OnnxRuntimeEnvironment
{
    private static readonly Lazy<bool> s_isReady = new(Start);

    /// <summary>Switches telemetry off and loads the native library.</summary>
    /// <exception cref="InvalidOperationException">The native library is missing.</exception>
    public static void Initialize() => _ = s_isReady.Value;

    private static bool Start()
    {
        NativeEnvironment.SetDefault("ORT_DISABLE_TELEMETRY", "1");
        try
        {
            OrtEnv.Instance().DisableTelemetryEvents();
            return true;
        }
        catch (Exception error)
            when (error is DllNotFoundException or TypeInitializationException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw new InvalidOperationException(
                "onnxruntime's native library does not load. Add the package Microsoft.ML.OnnxRuntime (CPU) to the application; "
                + "it is needed only to make cues, never to score.",
                error);
        }
    }
}
