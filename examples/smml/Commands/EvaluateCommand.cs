using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary><c>smml evaluate MODEL DIR --out DIR</c>: Dice with each of the 15 subsets of the scans, as a table and as a page.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        Argument<string> model = Arguments.Model();
        Argument<string> folder = Arguments.Cases();
        Option<string> target = new("--out")
        {
            Description = "The folder for evaluation.csv and evaluation.html",
            Required = true,
            HelpName = "DIR",
        };
        Option<string[]?> cases = Arguments.CaseList("--cases", "Evaluate these cases only");
        Option<SplitChoice?> split = Arguments.Split("test");
        Option<SplitPart?> part = Arguments.OneOf(
            "--part",
            "Which part of the split (default: test)",
            ("test", SplitPart.Test),
            ("val", SplitPart.Validation),
            ("train", SplitPart.Train));
        Option<EvaluationProtocol?> protocol = Arguments.OneOf(
            "--protocol",
            "How a missing scan is simulated: taken away before anything is read (deployed, default), "
            + "or hidden from the networks as in the paper",
            ("deployed", EvaluationProtocol.Deployed),
            ("paper", EvaluationProtocol.Paper));
        Option<bool> partial = Arguments.SplitPartial();
        Option<LabelConvention?> labels = Arguments.Labels();
        Option<SegmentationMetric?> metrics = new("--metrics")
        {
            Description = "What is measured beside Dice (default: hd95,sensitivity,precision,volume; lesionwise is slower)",
            HelpName = "A,B",
            CustomParser = result => Arguments.Parse<SegmentationMetric?>(result, ParseMetrics),
        };
        Option<EmptyRegion?> empty = Arguments.OneOf(
            "--empty",
            "What a region scores that is in neither or in one of truth and prediction (default: brats2023; docs/metrics.md)",
            [.. Enum.GetValues<EmptyRegion>().Select(one => (one.ToString().ToLowerInvariant(), one))]);
        ScoringArguments scoring = new();
        Command command = new("evaluate", "Compare segmentations with labels for all 15 subsets of the scans")
        {
            model, folder, target, cases, protocol, metrics, empty, split, part, partial, labels,
        };
        return scoring.AddTo(command).Does((arguments, terminal, cancellation) =>
        {
            if (arguments.GetValue(part) is not null && arguments.GetValue(split) is null)
                throw new UsageException("--part is given without --split. Name the split, for example --split 2020.");
            IReadOnlyList<BraTSCase> work = CaseFolder.Find(arguments.GetRequiredValue(folder), new()
            {
                Only = arguments.GetValue(cases),
                Split = arguments.GetValue(split),
                Part = arguments.GetValue(part) ?? SplitPart.Test,
                IsPartial = arguments.GetValue(partial),
                Labels = arguments.GetValue(labels),
            }, terminal);
            scoring.Choose(arguments);
            terminal.Note(Application.Notice);
            string output = arguments.GetRequiredValue(target);
            SlidingWindowOptions windows = scoring.Windows(arguments);
            Shard shard = scoring.Shard(arguments, terminal);
            EvaluationOptions usual = new();
            EvaluationOptions Options(IProgress<EvaluationProgress> progress) => new()
            {
                Protocol = arguments.GetValue(protocol) ?? usual.Protocol,
                Metrics = arguments.GetValue(metrics) ?? usual.Metrics,
                EmptyRegion = arguments.GetValue(empty) ?? usual.EmptyRegion,
                Windows = windows,
                Shard = shard,
                RecordFolder = Path.Combine(output, "evaluated"),
                Again = scoring.Again(arguments),
                Pictures = 3,
                Progress = progress,
                CancellationToken = cancellation,
            };
            MLContext ml = new(seed: 1);
            (ITransformer loaded, _) = ModelFile.Load(ml, arguments.GetRequiredValue(model));
            return Evaluate(ml, loaded, work, output, Options, shard, terminal);
        });
    }

    private static SegmentationMetric? ParseMetrics(string text)
    {
        SegmentationMetric metrics = SegmentationMetric.Dice;
        foreach (string word in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            metrics |= Enum.TryParse(word, ignoreCase: true, out SegmentationMetric one)
                && Enum.IsDefined(one)
                && !char.IsAsciiDigit(word[0])
                ? one
                : throw new FormatException(
                    $"--metrics names '{word}', expected some of "
                    + $"{string.Join(", ", Enum.GetNames<SegmentationMetric>().Select(name => name.ToLowerInvariant()))}.");
        }

        return metrics;
    }

    private static ExitCode Evaluate(
        MLContext ml,
        ITransformer model,
        IReadOnlyList<BraTSCase> cases,
        string target,
        Func<IProgress<EvaluationProgress>, EvaluationOptions> options,
        Shard shard,
        Terminal terminal)
    {
        Directory.CreateDirectory(target);
        long start = Stopwatch.GetTimestamp();
        SegmentationReport result = ProgressDisplay.Run(
            terminal,
            "evaluating",
            report => ml.Segmentation.Evaluate(model, ml.Data.LoadBraTS(cases), options(new Immediate<EvaluationProgress>(now =>
            {
                double fraction = (double)now.Done / now.Total;
                report(fraction, $"pass {now.Done} of {now.Total}", ProgressDisplay.Remaining(fraction, Stopwatch.GetElapsedTime(start)));
            }))));
        string csv = Path.Combine(target, ScoringArguments.TableName("evaluation", shard)), html = Path.ChangeExtension(csv, ".html");
        result.SaveCsv(csv);
        result.SaveHtml(html);
        terminal.Note($"computed with {result.Engine}");
        terminal.Result(result.ToTable(terminal.Out.Profile.Width));
        terminal.Result(csv);
        terminal.Result(html);

        // A damaged file fails with every subset that needs it: one line for each reason.
        if (result.LeftOut.Count > 0)
            terminal.Note(
                $"not evaluated, because the model was trained for other subsets of the scans: {string.Join(", ", result.LeftOut)}");
        foreach (IGrouping<(string CaseId, string Reason), SegmentationFailure> failure in result.Failures.GroupBy(
            failure => (failure.CaseId, failure.Reason)))
            terminal.Note($"{failure.Key.CaseId}: {failure.Key.Reason} ({failure.Count()} subsets)");
        return result.Failures.Count > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }
}
