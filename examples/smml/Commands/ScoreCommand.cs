using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary><c>smml score MODEL DIR --out DIR</c>: one segmentation file a case.</summary>
internal static class ScoreCommand
{
    public static Command Create()
    {
        Argument<string> model = Arguments.Model();
        Argument<string> folder = Arguments.Cases();
        Option<string> target = new("--out") { Description = "The folder for <case>_seg.nii.gz", Required = true, HelpName = "DIR" };
        Option<ModalitySet> drop = Arguments.Drop();
        Option<string[]?> cases = Arguments.CaseList("--cases", "Score these cases only");
        Option<long?> gpu = Arguments.Gpu();
        return new Command("score", "Segment cases; scans may be missing, labels are not needed") { model, folder, target, drop, cases, gpu }.Does((arguments, terminal, cancellation) =>
        {
            IReadOnlyList<BraTSCase> work = CaseFolder.Find(arguments.GetRequiredValue(folder), new() { Only = arguments.GetValue(cases) });
            TorchRuntime.GpuDeviceId = (int?)arguments.GetValue(gpu);
            TorchRuntime.FallbackToCpu = arguments.GetValue(gpu) is null;
            terminal.Note(Application.Notice);
            MLContext ml = new(seed: 1);
            (ITransformer loaded, _) = ModelFile.Load(ml, arguments.GetRequiredValue(model));
            return Score(ml, loaded, work, arguments.GetValue(drop), arguments.GetRequiredValue(target), terminal, cancellation);
        });
    }

    private static ExitCode Score(MLContext ml, ITransformer model, IReadOnlyList<BraTSCase> cases, ModalitySet drop, string target, Terminal terminal, CancellationToken cancellation)
    {
        Directory.CreateDirectory(target);
        List<string> failures = [];
        List<CaseWarning> warnings = [];
        long start = Stopwatch.GetTimestamp();
        ProgressDisplay.Run(terminal, "scoring", report =>
        {
            for (int i = 0; i < cases.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    IDataView scored = model.Transform(ml.Data.LoadBraTS([Without(cases[i], drop)]));
                    ml.Data.SaveSegmentations(scored, target, warnings: new Immediate<CaseWarning>(warnings.Add));
                }
                catch (Exception exception) when (ConcernsOneCase(Fault.Unwrap(exception)))
                {
                    failures.Add($"{cases[i].CaseId}: {Fault.Describe(exception, terminal.IsVerbose)}");
                }

                double fraction = (i + 1.0) / cases.Count;
                report(fraction, $"case {i + 1} of {cases.Count}", ProgressDisplay.Remaining(fraction, Stopwatch.GetElapsedTime(start)));
            }

            return cases.Count;
        });
        foreach (IGrouping<string, string> warning in warnings.GroupBy(warning => warning.Message, warning => warning.CaseId))
            terminal.Note($"{(warning.Count() == 1 ? warning.First() : $"{warning.Count()} cases")}: warning: {warning.Key}");
        foreach (string failure in failures)
            terminal.Note(failure);
        terminal.Result($"{cases.Count - failures.Count} of {cases.Count} cases segmented in {target}{(failures.Count > 0 ? $", {failures.Count} failed" : "")}");
        return failures.Count > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }

    /// <summary>The case as a hospital would have it that lacks scans; its label is not needed.</summary>
    private static BraTSCase Without(BraTSCase item, ModalitySet drop)
    {
        BraTSCase left = new()
        {
            CaseId = item.CaseId,
            FlairPath = drop.Contains(Modality.Flair) ? "" : item.FlairPath,
            T1cePath = drop.Contains(Modality.T1ce) ? "" : item.T1cePath,
            T1Path = drop.Contains(Modality.T1) ? "" : item.T1Path,
            T2Path = drop.Contains(Modality.T2) ? "" : item.T2Path,
            LabelConvention = item.LabelConvention,
        };
        return left is { FlairPath: "", T1cePath: "", T1Path: "", T2Path: "" }
            ? throw new InvalidDataException($"no scan is left without {drop}. Drop fewer scans, or leave the case out.")
            : left;
    }

    // A full disk or a missing native library fails every case alike: that ends the command.
    private static bool ConcernsOneCase(Exception exception) => exception is InvalidDataException or FormatException or FileNotFoundException or InvalidOperationException or UnauthorizedAccessException;
}
