using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary><c>smml score MODEL DIR --out DIR</c>: one segmentation file a case, and a table.</summary>
internal static class ScoreCommand
{
    public static Command Create()
    {
        Argument<string> model = Arguments.Model();
        Argument<string> folder = Arguments.Cases();
        Option<string> target = new("--out")
        {
            Description = "The folder for <case>_seg.nii.gz, scoring.csv and scoring-times.csv",
            Required = true,
            HelpName = "DIR",
        };
        Option<ModalitySet> drop = Arguments.Drop();
        Option<string[]?> cases = Arguments.CaseList("--cases", "Score these cases only");
        Option<bool> uncertainty = new("--uncertainty")
        {
            Description = "Also write where the two networks disagree (<case>_disagreement.nii.gz), and flag cases for review",
        };
        Option<double?> review = Arguments.Decimal(
            "--review-below",
            FormattableString.Invariant(
                $"Flag a case where the Dice between the two networks is lower (default: {new ScoringOptions().ReviewBelow})"),
            "DICE");
        ScoringArguments scoring = new();
        Command command = new("score", "Segment cases; scans may be missing, labels are not needed")
        {
            model, folder, target, drop, cases, uncertainty, review,
        };
        return scoring.AddTo(command).Does((arguments, terminal, cancellation) =>
        {
            double? threshold = arguments.GetValue(review);
            if (threshold is not null && !arguments.GetValue(uncertainty))
                throw new UsageException("--review-below is given without --uncertainty, which finds the cases to review. Add it.");
            if (threshold is { } value && !(value is >= 0 and <= 1))
                throw new UsageException(FormattableString.Invariant($"--review-below is {value}, expected 0 to 1."));
            ModalitySet dropped = arguments.GetValue(drop);
            BraTSCase[] work =
            [
                .. CaseFolder.Find(arguments.GetRequiredValue(folder), new() { Only = arguments.GetValue(cases) }, terminal)
                    .Select(item => Without(item, dropped)),
            ];
            scoring.Choose(arguments);
            terminal.Note(Application.Notice);
            SlidingWindowOptions windows = scoring.Windows(arguments);
            Shard shard = scoring.Shard(arguments, terminal);
            ScoringOptions Options(IProgress<ScoringProgress> progress) => new()
            {
                Windows = windows,
                Uncertainty = arguments.GetValue(uncertainty),
                ReviewBelow = threshold ?? new ScoringOptions().ReviewBelow,
                Shard = shard,
                Again = scoring.Again(arguments),
                Progress = progress,
                CancellationToken = cancellation,
            };
            MLContext ml = new(seed: 1);
            (ITransformer loaded, _) = ModelFile.Load(ml, arguments.GetRequiredValue(model));
            return Score(ml, loaded, work, arguments.GetRequiredValue(target), Options, shard, terminal);
        });
    }

    private static ExitCode Score(
        MLContext ml,
        ITransformer model,
        BraTSCase[] cases,
        string target,
        Func<IProgress<ScoringProgress>, ScoringOptions> options,
        Shard shard,
        Terminal terminal)
    {
        long start = Stopwatch.GetTimestamp();
        ScoringReport result = ProgressDisplay.Run(
            terminal,
            "scoring",
            report => ml.Segmentation.Score(model, ml.Data.LoadBraTS(cases), target, options(new Immediate<ScoringProgress>(now =>
            {
                double fraction = (double)now.Done / now.Total;
                report(fraction, $"case {now.Done} of {now.Total}", ProgressDisplay.Remaining(fraction, Stopwatch.GetElapsedTime(start)));
            }))));
        string csv = Path.Combine(target, ScoringArguments.TableName("scoring", shard));
        result.SaveCsv(csv);
        terminal.Note($"computed with {result.Engine}");
        foreach (IGrouping<string, string> warning in result.Cases
            .SelectMany(one => one.Warnings.Select(message => (message, one.CaseId)))
            .GroupBy(pair => pair.message, pair => pair.CaseId))
            terminal.Note($"{(warning.Count() == 1 ? warning.First() : $"{warning.Count()} cases")}: warning: {warning.Key}");
        foreach (SegmentationFailure failure in result.Failures)
            terminal.Note($"{failure.CaseId}: {failure.Reason}");
        foreach (ScoredCase one in result.Cases.Where(one => one.NeedsReview == true))
            terminal.Result(string.Create(
                CultureInfo.InvariantCulture,
                $"{one.CaseId}: look at it, "
                + $"{(one.Millilitres[ScoredRegion.WholeTumor] == 0
                    ? "no tumour was found"
                    : $"the two networks agree to a Dice of {one.Agreement!.Score:0.00} only")}"));
        int total = result.Cases.Count + result.Failures.Count;
        terminal.Result($"{result.Cases.Count} of {total} case{(total == 1 ? "" : "s")} segmented in {target}"
            + (result.DoneBefore > 0 ? $", {result.DoneBefore} of them before" : "")
            + (result.Failures.Count > 0 ? $", {result.Failures.Count} failed" : ""));
        terminal.Result(csv);
        if (result.Cases.Any(one => one.Seconds is not null))
        {
            string times = Path.Combine(target, ScoringArguments.TableName("scoring-times", shard));
            result.SaveTimesCsv(times);
            terminal.Note(Times(result));
            terminal.Result(times);
        }

        return result.Failures.Count > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }

    // Where the time went, so that a slow disk is not taken for slow networks.
    private static string Times(ScoringReport result)
    {
        CaseSeconds[] each = [.. result.Cases.Select(one => one.Seconds).OfType<CaseSeconds>()];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"seconds per case: reading {each.Average(one => one.Reading):0.0}, preparation {each.Average(one => one.Preparation):0.0}, "
            + $"networks {each.Average(one => one.Network):0.0}, writing {each.Average(one => one.Writing):0.0}");
    }

    /// <summary>The case as a hospital would have it that lacks scans; its label is not needed.</summary>
    private static BraTSCase Without(BraTSCase item, ModalitySet drop) => new()
    {
        CaseId = item.CaseId,
        FlairPath = drop.Contains(Modality.Flair) ? "" : item.FlairPath,
        T1cePath = drop.Contains(Modality.T1ce) ? "" : item.T1cePath,
        T1Path = drop.Contains(Modality.T1) ? "" : item.T1Path,
        T2Path = drop.Contains(Modality.T2) ? "" : item.T2Path,
        LabelPath = item.LabelPath, // not read, but must not be replaced
        LabelConvention = item.LabelConvention,
        Layout = item.Layout,
        Grade = item.Grade,
        Problem = item.Problem,
        UnusedFiles = item.UnusedFiles,
    };
}
