using System.Diagnostics;
using System.Globalization;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary>What commands say that train several models on the same cases: <c>compare</c> and <c>ablate</c>.</summary>
internal static class StudyMessages
{
    /// <summary>Lists what could not be scored and what was not trained on, and says how the command ends.</summary>
    public static ExitCode NoteFaults(
        this Terminal terminal, IEnumerable<SegmentationFailure> failures, IEnumerable<CaseWarning> refused)
    {
        (string CaseId, string Reason, int Count)[] kinds =
        [
            .. failures
                .GroupBy(failure => (failure.CaseId, failure.Reason))
                .Select(kind => (kind.Key.CaseId, kind.Key.Reason, kind.Count())),
        ];
        foreach ((string caseId, string reason, int count) in kinds)
            terminal.Note($"{caseId}: {reason} ({count} times)");
        CaseWarning[] distinct = [.. refused.Distinct()]; // each model refuses the same cases
        terminal.NoteRefused(distinct);
        return kinds.Length > 0 || distinct.Length > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }

    /// <summary>Shows how far a study is. A model's training counts for nine tenths of it, its scoring for the rest.</summary>
    /// <param name="tell">Shows it.</param>
    /// <param name="read">The model's name, how many models are done of how many, and where the current one is.</param>
    public static IProgress<T> Progress<T>(
        ProgressDisplay.Report tell,
        Func<T, (string Name, int Done, int Total, TrainingProgress? Training, EvaluationProgress? Evaluation)> read)
    {
        long start = Stopwatch.GetTimestamp();
        int? first = null; // models that were done before take no time
        return new Immediate<T>(now =>
        {
            (string name, int done, int total, TrainingProgress? training, EvaluationProgress? evaluation) = read(now);
            first ??= done;
            double reached = done + (evaluation is null
                ? 0.9 * (training?.Fraction ?? 0)
                : 0.9 + (0.1 * evaluation.Done / evaluation.Total));
            string step = training is null
                ? "scoring"
                : string.Create(CultureInfo.InvariantCulture, $"epoch {training.Epoch}/{training.Epochs}");
            tell(
                reached / total,
                $"{name} ({done + 1} of {total}), {step}",
                ProgressDisplay.Remaining((reached - first.Value) / (total - first.Value), Stopwatch.GetElapsedTime(start)));
        });
    }
}
