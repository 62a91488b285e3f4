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
        Option<bool> json = Arguments.Json();
        return new Command("validate", "Check cases before any work: grids, skull, labels, damaged files") { folder, cases, json }.Does((arguments, terminal, cancellation) =>
        {
            string target = arguments.GetRequiredValue(folder);
            string[]? only = arguments.GetValue(cases);
            if (arguments.GetValue(json))
            {
                ValidationReport report = Validate(target, only, null, cancellation);
                terminal.Result(JsonFormat.Write(ValidationResult.Of(target, report)));
                return Ending(report);
            }

            long start = Stopwatch.GetTimestamp();
            ValidationReport result = ProgressDisplay.Run(terminal, "checking", report => Validate(target, only, new Immediate<ValidationProgress>(now =>
            {
                double fraction = (double)now.Done / now.Total;
                report(fraction, $"case {now.Done} of {now.Total}", ProgressDisplay.Remaining(fraction, Stopwatch.GetElapsedTime(start)));
            }), cancellation));
            terminal.Result(result.ToTable(terminal.Out.Profile.Width));
            return Ending(result);
        });
    }

    private static ValidationReport Validate(string folder, string[]? only, IProgress<ValidationProgress>? progress, CancellationToken cancellation)
    {
        MLContext ml = new(seed: 1);
        ValidationOptions options = new() { Progress = progress, CancellationToken = cancellation };
        return only is { Length: > 0 } ? ml.Data.ValidateCases(CaseFolder.Find(folder, only), options) : ml.Data.ValidateCases(folder, options);
    }

    private static ExitCode Ending(ValidationReport report)
    {
        int refused = report.Count(ValidationVerdict.Refused);
        return refused == 0 ? ExitCode.Done : refused < report.Cases.Count ? ExitCode.SomeFailed : ExitCode.Failed;
    }
}
