namespace Smml.MLNet;

/// <summary>What is odd about a case that could be scored.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Message">What was found, with the file's name where it concerns one.</param>
public sealed record CaseWarning(string CaseId, string Message);
