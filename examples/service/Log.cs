namespace Smml.MLNet.Service;

/// <summary>Everything that the service logs. Nothing of a patient's is among it: no names, no texts of the library about a file.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "The model {Sha256} answers from now on.")]
    public static partial void ModelLoaded(this ILogger log, string sha256);

    [LoggerMessage(2, LogLevel.Error, "The changed file of the model cannot be used; the earlier model goes on answering.")]
    public static partial void ModelRefused(this ILogger log, Exception exception);

    [LoggerMessage(3, LogLevel.Information, "A request was {Outcome} after {Seconds} s.")]
    public static partial void RequestEnded(this ILogger log, string outcome, double seconds);

    [LoggerMessage(4, LogLevel.Warning, "Deleted uploads of an earlier service that had been killed.")]
    public static partial void LeftoversDeleted(this ILogger log);

    [LoggerMessage(5, LogLevel.Error, "A request met a fault of the service: {Kind}\n{Stack}")]
    public static partial void Unexpected(this ILogger log, Type kind, string? stack);
}
