using System.Runtime.ExceptionServices;

namespace Smml.MLNet;

/// <summary>What a check found in the files of a case.</summary>
/// <param name="Severity">Whether the case is refused.</param>
/// <param name="Check">One of <see cref="CheckName"/>.</param>
/// <param name="File">The file that it concerns; empty for the case as a whole.</param>
/// <param name="Message">What was found, what was expected and what to do, with the file's name where it concerns one file.</param>
internal sealed record CaseFinding(FindingSeverity Severity, string Check, string File, string Message)
{
    /// <summary>The exception that said so; null where a check did.</summary>
    public Exception? Cause { get; init; }

    public static CaseFinding Error(string check, string? file, string message) => new(FindingSeverity.Error, check, file ?? "", message);

    public static CaseFinding Warning(string check, string? file, string message) =>
        new(FindingSeverity.Warning, check, file ?? "", message);

    public static CaseFinding Of(string check, string file, Exception cause) =>
        new(FindingSeverity.Error, check, file, cause.Message) { Cause = cause };

    /// <summary>Refuses the case.</summary>
    /// <exception cref="InvalidDataException">Always, unless a file's own exception said what is wrong.</exception>
    public void Throw()
    {
        if (Cause is not null)
            ExceptionDispatchInfo.Throw(Cause);
        throw new InvalidDataException(Message);
    }
}

/// <summary>The stable names of the checks, for tables and JSON; see docs/checks.md.</summary>
internal static class CheckName
{
    public const string CaseFiles = "case-files";
    public const string NoScan = "no-scan";
    public const string MissingFile = "missing-file";
    public const string Unreadable = "unreadable";
    public const string Dicom = "dicom";
    public const string Header = "header";
    public const string Orientation = "orientation";
    public const string NotFinite = "not-finite";
    public const string Constant = "constant";
    public const string LabelAsScan = "label-as-scan";
    public const string Skull = "skull";
    public const string Background = "background";
    public const string Saturated = "saturated";
    public const string Shape = "shape";
    public const string Affine = "affine";
    public const string SliceThickness = "slice-thickness";
    public const string Spacing = "spacing";
    public const string SameFile = "same-file";
    public const string MaskOverlap = "mask-overlap";
    public const string LabelConvention = "label-convention";
    public const string LabelValues = "label-values";
    public const string LabelSize = "label-size";
    public const string LabelPlace = "label-place";
    public const string OwnOutput = "own-output";
    public const string UnusedFile = "unused-file";
}
