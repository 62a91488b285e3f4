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
        Option<string> target = new("--out") { Description = "The folder for evaluation.csv and evaluation.html", Required = true, HelpName = "DIR" };
        Option<string[]?> cases = Arguments.CaseList("--cases", "Evaluate these cases only");
        Option<SplitChoice?> split = Arguments.Split("test");
        Option<SplitPart?> part = Arguments.OneOf("--part", "Which part of the split (default: test)", ("test", SplitPart.Test), ("val", SplitPart.Validation), ("train", SplitPart.Train));
        Option<EvaluationProtocol?> protocol = Arguments.OneOf("--protocol", "How a missing scan is simulated: taken away before anything is read (deployed, default), or hidden from the networks as in the paper", ("deployed", EvaluationProtocol.Deployed), ("paper", EvaluationProtocol.Paper));
        Option<bool> partial = Arguments.SplitPartial();
        Option<LabelConvention?> labels = Arguments.Labels();
        Option<long?> gpu = Arguments.Gpu();
        return new Command("evaluate", "Compare segmentations with labels for all 15 subsets of the scans") { model, folder, target, cases, protocol, split, part, partial, labels, gpu }.Does((arguments, terminal, cancellation) =>
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
            });
            TorchRuntime.GpuDeviceId = (int?)arguments.GetValue(gpu);
            TorchRuntime.FallbackToCpu = arguments.GetValue(gpu) is null;
            terminal.Note(Application.Notice);
            MLContext ml = new(seed: 1);
            (ITransformer loaded, _) = ModelFile.Load(ml, arguments.GetRequiredValue(model));
            return Evaluate(ml, loaded, work, arguments.GetValue(protocol) ?? EvaluationProtocol.Deployed, arguments.GetRequiredValue(target), terminal, cancellation);
        });
    }

    private static ExitCode Evaluate(MLContext ml, ITransformer model, IReadOnlyList<BraTSCase> cases, EvaluationProtocol protocol, string target, Terminal terminal, CancellationToken cancellation)
    {
        Directory.CreateDirectory(target);
        long start = Stopwatch.GetTimestamp();
        SegmentationReport result = ProgressDisplay.Run(terminal, "evaluating", report => ml.Segmentation.Evaluate(model, ml.Data.LoadBraTS(cases), new EvaluationOptions
        {
            Protocol = protocol,
            Pictures = 3,
            CancellationToken = cancellation,
            Progress = new Immediate<EvaluationProgress>(now =>
            {
                double fraction = (double)now.Done / now.Total;
                report(fraction, $"pass {now.Done} of {now.Total}", ProgressDisplay.Remaining(fraction, Stopwatch.GetElapsedTime(start)));
            }),
        }));
        string csv = Path.Combine(target, "evaluation.csv"), html = Path.Combine(target, "evaluation.html");
        result.SaveCsv(csv);
        result.SaveHtml(html);
        terminal.Result(result.ToTable(terminal.Out.Profile.Width));
        terminal.Result(csv);
        terminal.Result(html);

        // A damaged file fails with every subset that needs it: one line for each reason.
        foreach (IGrouping<(string CaseId, string Reason), SegmentationFailure> failure in result.Failures.GroupBy(failure => (failure.CaseId, failure.Reason)))
            terminal.Note($"{failure.Key.CaseId}: {failure.Key.Reason} ({failure.Count()} subsets)");
        return result.Failures.Count > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }
}
