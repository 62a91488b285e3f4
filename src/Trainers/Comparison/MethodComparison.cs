using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Smml.MLNet.Files;
using Smml.MLNet.Studies;

namespace Smml.MLNet.Comparison;

/// <summary>Trains methods with one budget on the same cases, and compares them on cases that none of them saw.</summary>
internal static class MethodComparison
{
    private const string TableName = "comparison.csv", StepsName = "steps.json";

    public static ComparisonReport Run(
        MLContext context, IDataView cases, IReadOnlyList<ComparisonMethod> methods, ComparisonOptions options)
    {
        int seed = options.Seed ?? methods[0].Options.Seed ?? ((IHostEnvironment)context).Register(nameof(MethodComparison)).Rand.Next();
        BraTSCase[] all = [.. context.Data.CreateEnumerable<BraTSCase>(cases, reuseRowObject: false, ignoreMissingColumns: true)];
        (IReadOnlyList<BraTSCase> training, IReadOnlyList<BraTSCase> heldOut) = Parts(all, options, seed);
        Dictionary<string, ComparisonMethod> byKey = methods.ToDictionary(method => method.Key);
        SegmentationTrainerOptions first = methods[0].Options;
        IDataView trainingView = context.Data.LoadBraTS(training);
        IEstimator<ITransformer> preparation = options.Preparation ?? context.Transforms.LoadVolumes()
            .Append(context.Transforms.CropForeground())
            .Append(context.Transforms.NormalizeIntensity());
        Dictionary<string, int> timed = options.Budget.Minutes is { } minutes
            ? StepsIn(minutes, context, methods, preparation, trainingView, options)
            : [];
        string budget = options.Budget.Describe(first, training.Count);
        StudyPlan plan = new()
        {
            Preparation = preparation,
            Training = trainingView,
            HeldOut = context.Data.LoadBraTS(heldOut),
            Evaluation = options.Evaluation with { Pictures = 0 },
            Folder = options.Folder,
            CueProvider = options.CueProvider,
            CueSource = options.CueSource,
            MeasuresCost = true,
            EntryDone = done =>
            {
                if (options.Folder is { } folder)
                    SafeFile.Replace(Path.Combine(folder, TableName), Report(done).SaveCsv);
            },
            Progress = now => options.Progress?.Report(new()
            {
                Method = byKey[now.Entry.Key],
                MethodsDone = now.Done,
                Methods = now.Total,
                Training = now.Training,
                Evaluation = now.Evaluation,
            }),
            CancellationToken = options.CancellationToken,
        };
        StudyEntry[] entries = [.. methods.Select(Entry)];
        return Report(new Study(context, entries, plan).Run());

        StudyEntry Entry(ComparisonMethod method)
        {
            int? steps = timed.TryGetValue(method.Key, out int found) ? found : null;
            SegmentationTrainerOptions applied = options.Budget.Apply(method.Options, first, training.Count, steps) with { Seed = seed };
            return new(method.Key, method.Name, applied, UsesCues: options.CueProvider is not null && applied.CueColumn is not null);
        }

        ComparisonReport Report(IEnumerable<StudyResult> done) =>
            new([.. done.Select(Result)], budget, training.Count, heldOut.Count, seed);

        ComparisonResult Result(StudyResult one) => new()
        {
            Method = byKey[one.Entry.Key],
            Model = one.Model,
            Report = one.Report,
            IsKept = one.IsKept,
            Refused = one.Refused,
            SecondsPerCase = one.Cost.SecondsPerCase,
            TrainingPeakBytes = one.Cost.TrainingPeakBytes,
            ScoringPeakBytes = one.Cost.ScoringPeakBytes,
        };
    }

    private static (IReadOnlyList<BraTSCase> Training, IReadOnlyList<BraTSCase> HeldOut) Parts(
        BraTSCase[] cases, ComparisonOptions options, int seed)
    {
        if (options.HeldOut is { } names)
        {
            string[] unknown = [.. names.Except(cases.Select(one => one.CaseId), StringComparer.Ordinal)];
            if (unknown.Length > 0)
                throw new ArgumentException(
                    $"HeldOut names {string.Join(", ", unknown.Take(3))}, which is not among the {cases.Length} cases. Correct the names.");
            return ([.. cases.Where(one => !names.Contains(one.CaseId))], [.. cases.Where(one => names.Contains(one.CaseId))]);
        }

        BraTSSplitCases parts = (options.Split ?? BraTSSplit.Random(cases, seed)).Apply(cases, options.AllowMissingCases);
        if (parts.Train.Count == 0 || parts.Test.Count == 0)
        {
            throw new ArgumentException(
                $"Of {cases.Length} cases {parts.Train.Count} are for training and {parts.Test.Count} for scoring; "
                + "both parts need at least one. Name the cases to hold out in HeldOut.");
        }

        return (parts.Train, parts.Test);
    }

    // The steps of each method that fit into the time, from the folder if an earlier run timed them.
    private static Dictionary<string, int> StepsIn(
        double minutes,
        MLContext context,
        IReadOnlyList<ComparisonMethod> methods,
        IEstimator<ITransformer> preparation,
        IDataView training,
        ComparisonOptions options)
    {
        string? path = options.Folder is null ? null : Path.Combine(options.Folder, StepsName);
        Dictionary<string, int> steps = path is not null && File.Exists(path)
            ? JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(path)) ?? []
            : [];
        ComparisonMethod[] unknown = [.. methods.Where(method => !steps.ContainsKey(method.Key))];
        if (unknown.Length == 0)
            return steps;
        ITransformer prepared = preparation.Fit(training);
        try
        {
            foreach (ComparisonMethod method in unknown)
            {
                options.CancellationToken.ThrowIfCancellationRequested();
                SegmentationTrainerOptions first = methods[0].Options;
                SegmentationTrainerOptions trained =
                    method.Options with { BatchSize = first.BatchSize, GradientAccumulation = first.GradientAccumulation };
                double seconds = StepTimer.SecondsPerStep(context, trained, prepared.Transform(training), options.CancellationToken);
                steps[method.Key] = Math.Max(1, (int)(minutes * 60 / seconds));
            }
        }
        finally
        {
            (prepared as IDisposable)?.Dispose();
        }

        if (path is not null)
        {
            Directory.CreateDirectory(options.Folder!);
            SafeFile.Replace(path, (string partial) => File.WriteAllText(partial, JsonSerializer.Serialize(steps)));
        }

        return steps;
    }
}
