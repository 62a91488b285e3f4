namespace Smml.MLNet.Nifti;

/// <summary>A file is damaged, cut short, or of a format that cannot be read. The message names the file, what was found, what was expected and the remedy.</summary>
public sealed class NiftiFormatException : FormatException
{
    /// <summary>Makes an exception without a message.</summary>
    public NiftiFormatException()
    {
    }

    /// <summary>Makes an exception with a message.</summary>
    public NiftiFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a message and its cause.</summary>
    public NiftiFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
