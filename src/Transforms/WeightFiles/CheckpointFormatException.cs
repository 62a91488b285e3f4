namespace Smml.MLNet;

/// <summary>A file of trained weights (<c>.pth</c>, <c>.safetensors</c>) is damaged, cut short, or not what is needed. The message names
/// the file, what was found, what was expected and the remedy.</summary>
public sealed class CheckpointFormatException : FormatException
{
    /// <summary>Makes an exception without a message.</summary>
    public CheckpointFormatException()
    {
    }

    /// <summary>Makes an exception with a message.</summary>
    public CheckpointFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a message and its cause.</summary>
    public CheckpointFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
