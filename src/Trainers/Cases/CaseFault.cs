using System.Reflection;

namespace Smml.MLNet.Cases;

/// <summary>Tells an error of one case, which costs that case, from one of the run.</summary>
internal static class CaseFault
{
    /// <summary>Whether an exception says that the files or volumes of one case are wrong. A cancellation and a lack of memory never do.</summary>
    public static bool ConcernsCase(Exception exception) => Cause(exception) is InvalidDataException or FormatException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException;

    /// <summary>The exception that names the file. Only wrappers are taken off: below it lies the one of the decompressor, which does not.</summary>
    public static Exception Cause(Exception exception)
    {
        while (exception is TargetInvocationException or AggregateException && exception.InnerException is { } inner)
            exception = inner;
        return exception;
    }
}
