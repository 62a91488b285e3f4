namespace Smml.MLNet;

/// <summary>How far a validation is.</summary>
/// <param name="Done">Cases that were checked.</param>
/// <param name="Total">All cases.</param>
/// <param name="CaseId">The case that was checked last.</param>
public sealed record ValidationProgress(int Done, int Total, string CaseId);
