namespace Smml.MLNet.CommandLine;

/// <summary>What the user asked for cannot be: ends with <see cref="ExitCode.Usage"/>.</summary>
internal sealed class UsageException(string message) : Exception(message);
