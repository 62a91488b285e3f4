using Microsoft.ML.OnnxRuntime;

namespace Smml.MLNet;

/// <summary>Chooses what computes when a loaded model segments.</summary>
/// <remarks>A loaded ML.NET model cannot see the <c>MLContext</c> that loaded it, hence this process-wide setting. The device is that of
/// <see cref="TorchRuntime.GpuDeviceId"/> and <see cref="TorchRuntime.FallbackToCpu"/> for either engine. A model that was trained or
/// imported in this process has its networks in libtorch already and scores with them.</remarks>
public static class ScoringRuntime
{
    /// <summary>What computes. Set it before the first row is scored.</summary>
    /// <value>Default <see cref="ScoringEngine.Auto"/>: libtorch if the application has it, else onnxruntime.</value>
    public static ScoringEngine Engine { get; set; }

    /// <summary>What computes for a model: never <see cref="ScoringEngine.Auto"/>.</summary>
    /// <param name="method">The title of the model's method.</param>
    /// <param name="hasGraphs">Whether the networks of the method are graphs of ONNX.</param>
    /// <param name="methodsWithGraphs">The methods of which they are, in words.</param>
    /// <exception cref="TorchBackendMissingException">There is neither library that can score the model.</exception>
    /// <exception cref="InvalidOperationException">onnxruntime was asked for, and the method has no graphs or the library does not
    /// load.</exception>
    internal static ScoringEngine Choose(string method, bool hasGraphs, string methodsWithGraphs)
    {
        switch (Engine)
        {
            case ScoringEngine.LibTorch:
                TorchRuntime.EnsureAvailable();
                return ScoringEngine.LibTorch;
            case ScoringEngine.OnnxRuntime:
                if (!hasGraphs)
                {
                    throw new InvalidOperationException(
                        $"ScoringRuntime.Engine is OnnxRuntime and the model is of {method}, which has no graphs for it; expected "
                        + $"{methodsWithGraphs}. Set the engine to LibTorch or Auto and add a package TorchSharp-cpu to the application.");
                }

                OnnxRuntimeEnvironment.Initialize();
                return ScoringEngine.OnnxRuntime;
            case ScoringEngine.Auto:
                return TorchRuntime.Missing() is not { } reason ? ScoringEngine.LibTorch
                    : !hasGraphs ? throw new TorchBackendMissingException(
                        $"{reason}, and the model is of {method}, which onnxruntime cannot score")
                    : OnnxRuntimeEnvironment.Failure is { } failure ? throw new TorchBackendMissingException(
                        $"{reason}, and the native library of onnxruntime does not load either", failure)
                    : ScoringEngine.OnnxRuntime;
            default:
                throw new InvalidOperationException(
                    $"ScoringRuntime.Engine is {Engine}, expected {string.Join(", ", Enum.GetNames<ScoringEngine>())}.");
        }
    }

    /// <summary>The CUDA device of onnxruntime for ML.NET's two settings; null for the CPU.</summary>
    /// <exception cref="InvalidOperationException">A GPU was asked for, onnxruntime cannot use it, and falling back is not
    /// allowed.</exception>
    internal static int? OnnxDevice()
    {
        if (TorchRuntime.GpuDeviceId is not { } id)
            return null;
        try
        {
            using SessionOptions probe = new();
            probe.AppendExecutionProvider_CUDA(id);
            return id;
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or EntryPointNotFoundException)
        {
            return TorchRuntime.FallbackToCpu ? null : throw new InvalidOperationException(
                $"GpuDeviceId is {id} and FallbackToCpu is false, but onnxruntime cannot use the device "
                + $"({exception.Message.Split('\n')[0].Trim()}). It has {string.Join(", ", OrtEnv.Instance().GetAvailableProviders())}. "
                + "Reference Microsoft.ML.OnnxRuntime.Gpu.Linux instead of Microsoft.ML.OnnxRuntime, or set FallbackToCpu to true.",
                exception);
        }
    }
}
