using Microsoft.ML;
using Microsoft.ML.Runtime;
using Smml.MLNet.Cases;
using Smml.MLNet.Studies;
using Smml.MLNet.Tables;

namespace Smml.MLNet.Comparison;

/// <summary>Trains methods with one budget on the same cases, and compares them on cases that none of them saw.</summary>
internal static class MethodComparison
{
    private const string TableName = "comparison.csv";

    public static ComparisonReport Run(
        MLContext context, IDataView cases, IReadOnlyList<ComparisonMethod> methods, ComparisonOptions options)
    {
        CheckTable(options.Folder);
        int seed = SeedOf(context, methods, options);
        BraTSCase[] all = CaseRows.Cases(cases, "Compare");
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
                    Report(done).SaveCsv(Path.Combine(folder, TableName));
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
            new([.. done.Select(Result)], budget, training.Count, heldOut.Count, folds: 1, seed);

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

    /// <summary>Makes sure that the table can be written later, before hours of training.</summary>
    public static void CheckTable(string? folder)
    {
        if (folder is not null)
            TableFile.Check(Path.Combine(folder, TableName), ComparisonReport.Header);
    }

    /// <summary>The seed of every method.</summary>
    public static int SeedOf(MLContext context, IReadOnlyList<ComparisonMethod> methods, ComparisonOptions options) =>
        options.Seed ?? methods[0].Options.Seed ?? ((IHostEnvironment)context).Register(nameof(MethodComparison)).Rand.Next();

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

    private static Dictionary<string, int> StepsIn(
        double minutes,
        MLContext context,
        IReadOnlyList<ComparisonMethod> methods,
        IEstimator<ITransformer> preparation,
        IDataView training,
        ComparisonOptions options)
    {
        TimedSteps timed = new(minutes, options.Folder);
        Lazy<ITransformer> prepared = new(() => preparation.Fit(training)); // not needed where an earlier run timed every method
        SegmentationTrainerOptions first = methods[0].Options;
        try
        {
            return methods.ToDictionary(method => method.Key, method =>
            {
                options.CancellationToken.ThrowIfCancellationRequested();
                ComparisonMethod equal = method with { Options = ComparisonBudget.WithBatchOf(first, method.Options) };
                return timed.Of(
                    equal,
                    () => StepTimer.SecondsPerStep(context, equal.Options, prepared.Value.Transform(training), options.CancellationToken));
            });
        }
        finally
        {
            if (prepared.IsValueCreated)
                (prepared.Value as IDisposable)?.Dispose();
        }
    }
}
