namespace Smml.MLNet;

/// <summary>What a check found in a case.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Severity">Whether the case is refused.</param>
/// <param name="Check">The stable name of the check, for example <c>skull</c> or <c>slice-thickness</c>; docs/checks.md lists them.</param>
/// <param name="File">The file that it concerns; empty for the case as a whole.</param>
/// <param name="Message">What was found, what was expected and what to do.</param>
public sealed record ValidationFinding(string CaseId, FindingSeverity Severity, string Check, string File, string Message);
