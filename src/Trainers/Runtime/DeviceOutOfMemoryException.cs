using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Smml.MLNet;

/// <summary>A device had not enough memory for a step of training or for scoring a case. What was done before
/// is not lost: checkpoints are whole.</summary>
public sealed class DeviceOutOfMemoryException : Exception
{
    private static readonly string[] s_words =
        ["out of memory", "can't allocate memory", "Failed to allocate memory", "bad allocation", "bad_alloc"];

    /// <summary>Makes the exception without a reason.</summary>
    public DeviceOutOfMemoryException()
        : this("A device has not enough memory.")
    {
    }

    /// <summary>Makes the exception.</summary>
    public DeviceOutOfMemoryException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with what the library said.</summary>
    public DeviceOutOfMemoryException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The device, for example <c>cuda:0</c>; null where it is not known.</summary>
    public string? Device { get; init; }

    /// <summary>Roughly the bytes that the work needs; null where there is no estimate.</summary>
    public long? Estimate { get; init; }

    /// <summary>Whether libtorch or onnxruntime reports that memory is exhausted.</summary>
    internal static bool IsMeant(Exception exception) => exception is ExternalException or OnnxRuntimeException
        && s_words.Any(words => exception.Message.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>Says what was too much and what can be done.</summary>
    /// <param name="work">What was being done, for example <c>a step of training</c>.</param>
    /// <param name="device">Where.</param>
    /// <param name="estimate">Bytes.</param>
    /// <param name="advice">What the user can change.</param>
    /// <param name="cause">What the library threw.</param>
    internal static DeviceOutOfMemoryException Of(string work, string device, long estimate, string advice, Exception cause) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"The memory of {device} is not enough for {work}: "
            + $"about {estimate / 1e9:0.0} GB are needed ({cause.Message.Split('\n')[0].Trim()}). {advice}"),
        cause)
    {
        Device = device,
        Estimate = estimate,
    };
}
