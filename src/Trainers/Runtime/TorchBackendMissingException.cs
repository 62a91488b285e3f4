namespace Smml.MLNet;

/// <summary>The application references no native TorchSharp backend, or the backend cannot be loaded on this machine.</summary>
public sealed class TorchBackendMissingException : InvalidOperationException
{
    /// <summary>Makes the exception with the reason found.</summary>
    public TorchBackendMissingException(string reason, Exception? innerException = null)
        : base(
            $"TorchSharp has no native backend here: {reason}.\n"
            + "Training needs one: add one package of version 0.107.0 to the application, TorchSharp-cpu, TorchSharp-cuda-linux or "
            + "TorchSharp-cuda-windows. Scoring needs one too, or for models of SMML, mmFormer and RFNet the package "
            + "Microsoft.ML.OnnxRuntime instead.\n"
            + "Linux needs x64 and glibc; the libraries themselves (Smml.MLNet) never reference a backend, "
            + "so that the application chooses.",
            innerException)
    {
    }

    /// <summary>Makes the exception without a reason.</summary>
    public TorchBackendMissingException()
        : this("unknown reason")
    {
    }

    /// <summary>Makes the exception with the reason found.</summary>
    public TorchBackendMissingException(string reason)
        : this(reason, null)
    {
    }
}
