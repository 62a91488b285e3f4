using System.Reflection;

namespace Smml.MLNet.Cases;

/// <summary>Tells an error of one case, which costs that case, from one of the run.</summary>
internal static class CaseFault
{
    /// <summary>Whether an exception in training says that the files or volumes of one case are wrong. A cancellation, a lack of memory and
    /// a full disk never do.</summary>
    public static bool ConcernsTraining(Exception exception) => Cause(exception) is InvalidDataException
        or FormatException
        or FileNotFoundException
        or DirectoryNotFoundException
        or UnauthorizedAccessException;

    /// <summary>Whether an exception in scoring or evaluation is a reason to leave out a case. Nothing is written for the case itself, so
    /// an error of input and output is one of its files; options were checked before, so a wrong argument is one of its volumes.</summary>
    public static bool ConcernsScoring(Exception exception) => Cause(exception) is not ObjectDisposedException
        and (InvalidDataException
            or FormatException
            or IOException
            or InvalidOperationException
            or UnauthorizedAccessException
            or ArgumentException);

    /// <summary>The exception that names the file. Only wrappers are taken off: below it lies the one
    /// of the decompressor, which does not.</summary>
    public static Exception Cause(Exception exception)
    {
        while (exception is TargetInvocationException or AggregateException && exception.InnerException is { } inner)
            exception = inner;
        return exception;
    }
}
