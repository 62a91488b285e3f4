namespace Smml.MLNet;

/// <summary>What computes when a loaded model segments.</summary>
public enum ScoringEngine
{
    /// <summary>libtorch if the application has it, else onnxruntime (default).</summary>
    Auto,

    /// <summary>libtorch: a package TorchSharp-cpu, TorchSharp-cuda-linux or TorchSharp-cuda-windows. It scores models of every
    /// method.</summary>
    LibTorch,

    /// <summary>onnxruntime: the package Microsoft.ML.OnnxRuntime, or Microsoft.ML.OnnxRuntime.Gpu.Linux for CUDA. It scores models of
    /// SMML, mmFormer and RFNet.</summary>
    OnnxRuntime,
}
