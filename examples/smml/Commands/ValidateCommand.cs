using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary><c>smml validate DIR</c>: which cases of a folder can be used, and what is wrong with the others.</summary>
internal static class ValidateCommand
{
    public static Command Create()
    {
        Argument<string> folder = Arguments.Cases();
        Option<string[]?> cases = Arguments.CaseList("--cases", "Check these cases only");
        Option<LabelConvention?> labels = Arguments.Labels();
        Option<OrientationSource?> source = Arguments.OrientationSource();
        Option<bool> json = Arguments.Json();
        return new Command("validate", "Check cases before any work: grids, skull, labels, damaged files")
            { folder, cases, labels, source, json }
            .Does((arguments, terminal, cancellation) =>
            {
                string target = arguments.GetRequiredValue(folder);
                CaseSelection selection = new() { Only = arguments.GetValue(cases), Labels = arguments.GetValue(labels) };
                ValidationOptions options = new() { OrientationSource = arguments.GetValue(source), CancellationToken = cancellation };
                if (arguments.GetValue(json))
                {
                    ValidationReport report = Validate(target, selection, options);
                    terminal.Result(JsonFormat.Write(ValidationResult.Of(target, report)));
                    return Ending(report);
                }

                long start = Stopwatch.GetTimestamp();
                ValidationReport result = ProgressDisplay.Run(terminal, "checking", report =>
                {
                    Immediate<ValidationProgress> progress = new(now =>
                    {
                        double fraction = (double)now.Done / now.Total;
                        report(
                            fraction,
                            $"case {now.Done} of {now.Total}",
                            ProgressDisplay.Remaining(fraction, Stopwatch.GetElapsedTime(start)));
                    });
                    return Validate(target, selection, options with { Progress = progress });
                });
                terminal.Result(result.ToTable(terminal.Out.Profile.Width));
                return Ending(result);
            });
    }

    private static ValidationReport Validate(string folder, CaseSelection selection, ValidationOptions options)
    {
        MLContext ml = new(seed: 1);
        return selection is { Only: null or [], Labels: null }
            ? ml.Data.ValidateCases(folder, options)
            : ml.Data.ValidateCases(CaseFolder.Find(folder, selection), options);
    }

    private static ExitCode Ending(ValidationReport report)
    {
        int refused = report.Count(ValidationVerdict.Refused);
        return refused == 0 ? ExitCode.Done : refused < report.Cases.Count ? ExitCode.SomeFailed : ExitCode.Failed;
    }
}
