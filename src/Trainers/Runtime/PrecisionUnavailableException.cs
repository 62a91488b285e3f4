namespace Smml.MLNet;

/// <summary>A training was asked for in a precision that the native backend of this process does not offer.</summary>
public sealed class PrecisionUnavailableException : NotSupportedException
{
    /// <summary>Makes the exception with the reason found.</summary>
    public PrecisionUnavailableException(string reason, Exception? innerException = null)
        : base(
            $"TrainingPrecision.BFloat16 is not available: {reason}. Set SmmlTrainerOptions.Precision to TrainingPrecision.Single.",
            innerException)
    {
    }

    /// <summary>Makes the exception without a reason.</summary>
    public PrecisionUnavailableException()
        : this("unknown reason")
    {
    }

    /// <summary>Makes the exception with the reason found.</summary>
    public PrecisionUnavailableException(string reason)
        : this(reason, null)
    {
    }
}
