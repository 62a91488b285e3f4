namespace Smml.MLNet;

/// <summary>A file is damaged, cut short, or of a format that cannot be read. The message names the file, what was found, what was expected
/// and the remedy.</summary>
public sealed class VolumeFormatException : FormatException
{
    /// <summary>Makes an exception without a message.</summary>
    public VolumeFormatException()
    {
    }

    /// <summary>Makes an exception with a message.</summary>
    public VolumeFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a message and its cause.</summary>
    public VolumeFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the file is whole but says two things about how its voxels lie.</summary>
    internal bool ConcernsOrientation { get; init; }
}
