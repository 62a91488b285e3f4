namespace Smml.MLNet.CommandLine;

/// <summary>How a command ended, for scripts.</summary>
internal enum ExitCode
{
    /// <summary>Everything was done.</summary>
    Done = 0,

    /// <summary>The command line was wrong; nothing was done.</summary>
    Usage = 2,

    /// <summary>Ctrl+C, or the system asked to end.</summary>
    Cancelled = 3,

    /// <summary>Some cases failed, the others were done.</summary>
    SomeFailed = 4,

    /// <summary>The command could not do its work.</summary>
    Failed = 5,
}
