using System.Globalization;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary>What <c>smml validate --json</c> prints; the property names are part of the command line's contract.</summary>
internal sealed record ValidationResult
{
    public required string Folder { get; init; }

    public required IReadOnlyList<CaseResult> Cases { get; init; }

    /// <summary>What was not read besides the files of the cases: links, files that belong to no case.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    public required Totals Summary { get; init; }

    public static ValidationResult Of(string folder, ValidationReport report) => new()
    {
        Folder = folder,
        Cases = [.. report.Cases.Select(CaseResult.Of)],
        Notes = report.Notes,
        Summary = new(
            report.Cases.Count,
            report.Count(ValidationVerdict.Ok),
            report.Count(ValidationVerdict.Warning),
            report.Count(ValidationVerdict.Refused)),
    };

    internal sealed record Totals(int Cases, int Ok, int Warnings, int Refused);

    internal sealed record FindingResult(FindingSeverity Severity, string Check, string File, string Message);

    internal sealed record CaseResult
    {
        public required string CaseId { get; init; }

        public required ValidationVerdict Verdict { get; init; }

        /// <summary>For example flair, t1ce.</summary>
        public required string[] Modalities { get; init; }

        /// <summary>Which file was read as which scan.</summary>
        public required Dictionary<string, string> Files { get; init; }

        /// <summary>Which file was read as the label; null without one.</summary>
        public required string? LabelFile { get; init; }

        /// <summary>Volume files of the case that are not used, with the reason.</summary>
        public required IReadOnlyList<string> UnusedFiles { get; init; }

        /// <summary>Voxels along x, y and z; null where no file could be read.</summary>
        public required VolumeShape? Shape { get; init; }

        /// <summary>Millimetres a voxel along x, y and z.</summary>
        public required double[]? Spacing { get; init; }

        /// <summary>Where each index grows to, for example LPS.</summary>
        public required string? Axes { get; init; }

        /// <summary>The share of each scan that is tissue.</summary>
        public required Dictionary<string, double> TissueFractions { get; init; }

        public required string? LabelConvention { get; init; }

        /// <summary>Voxels of each value of the label file.</summary>
        public required Dictionary<string, long> Labels { get; init; }

        public required FindingResult[] Findings { get; init; }

        public static CaseResult Of(ValidatedCase one)
        {
            Affine? affine = one.Grid?.Affine;
            return new()
            {
                CaseId = one.CaseId,
                Verdict = one.Verdict,
                Modalities = [.. one.Modalities.Select(Name)],
                Files = one.ScanPaths.ToDictionary(pair => Name(pair.Key), pair => pair.Value),
                LabelFile = one.LabelPath,
                UnusedFiles = one.UnusedFiles,
                Shape = one.Grid?.Shape,
                Spacing = affine is null ? null : [affine.Spacing.X, affine.Spacing.Y, affine.Spacing.Z],
                Axes = affine?.AxisCodes,
                TissueFractions = one.TissueFractions.ToDictionary(pair => Name(pair.Key), pair => pair.Value),
                LabelConvention = one.LabelConvention,
                Labels = one.LabelVoxels.ToDictionary(pair => pair.Key.ToString(CultureInfo.InvariantCulture), pair => pair.Value),
                Findings =
                [
                    .. one.Findings.Select(finding => new FindingResult(finding.Severity, finding.Check, finding.File, finding.Message)),
                ],
            };
        }

        private static string Name(Modality modality) => modality.ToString().ToLowerInvariant();
    }
}
