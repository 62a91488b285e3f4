using System.CommandLine;
using Microsoft.ML;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary><c>smml ablate DIR --out DIR</c>: what each part of SMML is worth on a data set,
/// in the layout of the paper's Table 4.</summary>
internal static class AblateCommand
{
    public static Command Create()
    {
        Argument<string> folder = Arguments.Cases();
        Option<string> target = new("--out")
        {
            Description = "The folder for models, scores and ablation.csv; rows that are done there are not trained again",
            Required = true,
            HelpName = "DIR",
        };
        TrainingArguments training = new(choosesMethod: false);
        Option<SmmlAblation[]?> rows = new("--rows")
        {
            Description = "Train these rows only (default: all ten): "
                + $"{string.Join(", ", SmmlAblation.Table4.Select(row => row.Name.Replace(" ", "", StringComparison.Ordinal)))}",
            HelpName = "A,B",
            CustomParser = result => Arguments.Parse<SmmlAblation[]?>(
                result, text => [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(SmmlAblation.Parse).Distinct()]),
        };
        Option<CueChoice?> cues = CueChoice.Option();
        Option<string?> cueCache = CueChoice.CacheOption();
        Option<string[]?> holdOut = Arguments.CaseList("--hold-out", "Score on these cases, train on the others");
        Option<SplitChoice?> split = new("--split")
        {
            Description = "Train on the training part of a split and score on its test part: 2018:1, 2018:2, 2018:3, 2020, or random:SEED",
            HelpName = "SPLIT",
            CustomParser = result => Arguments.Parse(result, SplitChoice.Parse),
        };
        Option<bool> partial = Arguments.SplitPartial();
        Option<LabelConvention?> labels = Arguments.Labels();
        Option<long?> gpu = Arguments.Gpu();
        return new Command("ablate", "Train each row of the paper's ablation and compare them on cases that none of them saw")
        {
            folder, target, rows, cues, cueCache, holdOut, split, partial, labels, gpu,
        }.With(training.All).Does((arguments, terminal, cancellation) =>
        {
            string[] held = arguments.GetValue(holdOut) ?? [];
            if (held.Length > 0 == arguments.GetValue(split) is not null)
                throw new UsageException(
                    "Which cases are scored? Give --split, for example --split random:1, "
                    + "or the names of cases with --hold-out, and not both.");
            IReadOnlyList<BraTSCase> Part(SplitPart part) => CaseFolder.Find(arguments.GetRequiredValue(folder), new()
            {
                Only = part == SplitPart.Test ? held : null,
                Except = part == SplitPart.Train ? held : null,
                Split = arguments.GetValue(split),
                Part = part,
                IsPartial = arguments.GetValue(partial),
                Labels = arguments.GetValue(labels),
            }, part == SplitPart.Train ? terminal : null);
            SmmlAblation[] chosen = arguments.GetValue(rows) is { Length: > 0 } some ? some : [.. SmmlAblation.Table4];
            Plan plan = new()
            {
                Rows = chosen,
                Cues = chosen.Any(row => row.Refinement) ? arguments.GetValue(cues) ?? throw NoCues(chosen) : null,
                CueCache = arguments.GetValue(cueCache),
                Training = Part(SplitPart.Train),
                HeldOut = Part(SplitPart.Test),
                Target = Path.GetFullPath(arguments.GetRequiredValue(target)),
                Gpu = (int?)arguments.GetValue(gpu),
            };
            return Ablate(plan, training.Read(arguments), terminal, cancellation);
        });
    }

    private static UsageException NoCues(SmmlAblation[] rows)
    {
        string[] without = [.. rows.Where(row => !row.Refinement).Select(row => row.Name.Replace(" ", "", StringComparison.Ordinal))];
        string instead = without.Length > 0 ? $", or train rows without SRN only: --rows {string.Join(',', without)}" : "";
        return new(
            $"The row '{rows.First(row => row.Refinement).Name}' needs semantic cues, and --cues is not given. "
            + $"Add --cues {CueChoice.Known}{instead}.");
    }

    private static ExitCode Ablate(Plan plan, TrainingSettings settings, Terminal terminal, CancellationToken cancellation)
    {
        SmmlTrainerOptions trained = (SmmlTrainerOptions)settings.ToOptions();
        trained.CheckUsage();
        MLContext ml = new(trained.Seed) { GpuDeviceId = plan.Gpu, FallbackToCpu = plan.Gpu is null };
        TorchRuntime.GpuDeviceId = plan.Gpu;
        TorchRuntime.FallbackToCpu = plan.Gpu is null;
        ml.LogTraining(terminal);
        terminal.Note(
            $"{plan.Rows.Count} rows, {plan.Training.Count} cases to train on, {plan.HeldOut.Count} held out, "
            + $"network of size {settings.Size.ToString().ToLowerInvariant()}, cues {plan.Cues?.Name ?? "none"}. {Application.Notice}");

        ICueProvider? provider = plan.Cues?.Open(plan.CueCache, terminal.Detail);
        using IDisposable? native = provider as IDisposable;
        IEstimator<ITransformer> preparation = ml.Transforms.LoadVolumes()
            .Append(ml.Transforms.CropForeground())
            .Append(ml.Transforms.NormalizeIntensity());
        AblationReport report = ProgressDisplay.Run(
            terminal,
            "reading cases",
            tell => ml.Segmentation.Ablate(preparation, ml.Data.LoadBraTS(plan.Training), ml.Data.LoadBraTS(plan.HeldOut), new()
            {
                Training = trained,
                Rows = plan.Rows,
                Folder = plan.Target,
                CueProvider = provider,
                CueSource = plan.Cues?.Name ?? "",
                CancellationToken = cancellation,
                Progress = StudyMessages.Progress<AblationProgress>(
                    tell,
                    now => (now.Row.ToString(), now.RowsDone, now.Rows, now.Training, now.Evaluation)),
            }));
        terminal.Result(report.ToTable());
        terminal.Result(Path.Combine(plan.Target, "ablation.csv"));
        return terminal.NoteFaults(
            report.Rows.SelectMany(row => row.Report.Failures),
            report.Rows.SelectMany(row => row.Refused));
    }

    /// <summary>What to train, on what, and where it goes.</summary>
    private sealed class Plan
    {
        public required IReadOnlyList<SmmlAblation> Rows { get; init; }

        public required CueChoice? Cues { get; init; }

        public required string? CueCache { get; init; }

        public required IReadOnlyList<BraTSCase> Training { get; init; }

        public required IReadOnlyList<BraTSCase> HeldOut { get; init; }

        public required string Target { get; init; }

        public required int? Gpu { get; init; }
    }
}
