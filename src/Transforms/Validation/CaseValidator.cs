using Smml.MLNet.ScanNames;

namespace Smml.MLNet;

/// <summary>Runs the checks of <see cref="CaseReader"/> on whole data sets.</summary>
internal static class CaseValidator
{
    // Decompression keeps a core busy, and a case takes about 200 MB.
    private const int Workers = 2;

    public static ValidationReport Validate(IReadOnlyList<BraTSCase> cases, ValidationOptions options)
    {
        ValidatedCase[] validated = new ValidatedCase[cases.Count];
        int done = 0;
        Parallel.For(
            0,
            cases.Count,
            new ParallelOptions { MaxDegreeOfParallelism = Workers, CancellationToken = options.CancellationToken },
            index =>
            {
                validated[index] = Validate(cases[index], options);
                lock (validated)
                    options.Progress?.Report(new(++done, cases.Count, cases[index].CaseId));
            });
        return new(validated, (cases as BraTSCaseList)?.Notes ?? []);
    }

    private static ValidatedCase Validate(BraTSCase item, ValidationOptions options)
    {
        CaseReader reader = new(item, options.RootDirectory, source: options.OrientationSource);
        ValidationFinding[] findings =
        [
            .. reader.Check().Concat(DoubtfulFiles(item))
                .Select(finding => new ValidationFinding(item.CaseId, finding.Severity, finding.Check, finding.File, finding.Message)),
        ];
        return new()
        {
            CaseId = item.CaseId,
            Modalities = item.Modalities,
            Source = item,
            Grid = reader.Scans.Select(scan => scan.Scan).Append(reader.Label).FirstOrDefault(volume => volume is not null)?.Grid,
            TissueFractions = reader.Scans.ToDictionary(scan => scan.Modality, scan => scan.Numbers.Fraction),
            LabelConvention = reader.Convention?.Name,
            LabelVoxels = Count(reader.Label),
            Findings = findings,
        };
    }

    // A file that nobody would miss (a map, a mask) is listed only.
    private static IEnumerable<CaseFinding> DoubtfulFiles(BraTSCase item) => item.Unused
        .Where(file => file.Doubt == NameDoubt.Scan || (file.Doubt == NameDoubt.Label && item.LabelPath.Length == 0))
        .Select(file => CaseFinding.Warning(CheckName.UnusedFile, file.Path, $"{file.Path}: not used, {file.Reason}. Rename it so that its "
            + $"name says which {(file.Doubt == NameDoubt.Scan ? "scan" : "file")} it is, or list the files in a manifest."));

    private static SortedDictionary<float, long> Count(Volume? label)
    {
        SortedDictionary<float, long> counts = [];
        if (label is null)
            return counts;
        ReadOnlySpan<float> voxels = label.Voxels;
        for (int i = 0; i < voxels.Length;)
        {
            // Labels come in runs.
            int run = voxels[i..].IndexOfAnyExcept(voxels[i]);
            run = run < 0 ? voxels.Length - i : Math.Max(run, 1);
            float rounded = MathF.Round(voxels[i]), value = Math.Abs(rounded - voxels[i]) < 1e-3f ? rounded : voxels[i];
            counts[value] = counts.GetValueOrDefault(value) + run;
            i += run;
        }

        return counts;
    }
}
