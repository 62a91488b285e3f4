using System.Reflection;

namespace Smml.MLNet.CommandLine;

/// <summary>What a user is told about an exception.</summary>
internal static class Fault
{
    /// <summary>The exception that says what is wrong, without the wrappers that reflection and ML.NET put around it.</summary>
    public static Exception Unwrap(Exception exception)
    {
        while (exception.InnerException is { } inner && IsWrapper(exception))
            exception = inner;
        return exception;
    }

    /// <summary>The message, and with <paramref name="verbose"/> also where it came from.</summary>
    public static string Describe(Exception exception, bool verbose) => verbose ? exception.ToString() : Unwrap(exception) switch
    {
        NullReferenceException or IndexOutOfRangeException or InvalidCastException =>
            $"{Unwrap(exception).Message} This is a defect of the program: run again with --verbose and report what it prints.",
        Exception cause => cause.Message,
    };

    public static ExitCode ExitCodeOf(Exception exception) => Unwrap(exception) switch
    {
        OperationCanceledException => ExitCode.Cancelled,
        UsageException => ExitCode.Usage,
        _ => ExitCode.Failed,
    };

    private static bool IsWrapper(Exception exception) =>
        exception is TargetInvocationException or AggregateException or TypeInitializationException
        || exception.Source?.StartsWith("Microsoft.ML", StringComparison.Ordinal) == true;
}
