using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary><c>smml train DIR --out model.zip</c>: trains on every case of a folder.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        Argument<string> folder = Arguments.Cases();
        Option<string> target = Arguments.ModelToWrite();
        TrainingArguments training = new(choosesMethod: true);
        Option<string[]?> cases = Arguments.CaseList("--cases", "Train on these cases only");
        Option<string[]?> holdOut = Arguments.CaseList("--hold-out", "Leave these cases out, to score them later");
        Option<SplitChoice?> split = Arguments.Split("training");
        Option<bool> partial = Arguments.SplitPartial();
        Option<LabelConvention?> labels = Arguments.Labels();
        Option<OrientationSource?> source = Arguments.OrientationSource();
        Option<CueChoice?> cues = CueChoice.Option();
        Option<string?> cueCache = CueChoice.CacheOption();
        Option<string?> checkpoints = new("--checkpoints")
        {
            Description = "Keep the state of training in this folder after every epoch and every ten minutes, so that --resume can go on",
            HelpName = "DIR",
        };
        Option<bool> resume = new("--resume")
        {
            Description = "Go on from the checkpoint in the folder of --checkpoints; starts anew where there is none",
        };
        Option<long?> checkpointSteps = Arguments.Whole(
            "--checkpoint-steps", "Keep a checkpoint after every N steps too", "N", least: 1, most: 1_000_000_000);
        Option<long?> validate = Arguments.Whole(
            "--validate-every",
            "Score the cases of --hold-out, or the split's validation part, after every N epochs and after the last; without it never",
            "N",
            least: 1,
            most: 100_000);
        Option<bool> best = new("--best-weights")
        {
            Description = "Save the weights of the epoch with the best validation Dice, not those of the last one",
        };
        Option<string?> log = new("--log")
        {
            Description = "Write TensorBoard events, training.csv and the picture training.png into this folder",
            HelpName = "DIR",
        };
        Option<long?> gpu = Arguments.Gpu();
        MpiArguments mpi = new();
        return new Command(
            "train",
            "Train a model on labelled cases. Ctrl+C ends it after the current step with a usable model (exit "
            + "code 3), a second one at once")
        {
            folder,
            target,
            cases,
            holdOut,
            split,
            partial,
            labels,
            source,
            cues,
            cueCache,
            checkpoints,
            resume,
            checkpointSteps,
            validate,
            best,
            log,
            gpu,
        }.With([.. mpi.All, .. training.All]).Does((arguments, terminal, cancellation) =>
        {
            DistributionOptions? distribution = mpi.Read(arguments, terminal);
            string? kept = arguments.GetValue(checkpoints);
            if (kept is null && (arguments.GetValue(resume) || arguments.GetValue(checkpointSteps) is not null))
                throw new UsageException("--resume and --checkpoint-steps need --checkpoints DIR, the folder of the checkpoints.");
            TrainingSettings settings = training.Read(arguments);
            SplitChoice? chosen = arguments.GetValue(split) ?? SplitChoice.Published(settings.Published);
            string[]? left = arguments.GetValue(holdOut);
            if (arguments.GetValue(validate) is not null && left is not { Length: > 0 } && chosen is null)
                throw new UsageException(
                    "--validate-every needs cases that training does not see: name them with --hold-out A,B, "
                    + "or take a split with a validation part.");
            if (arguments.GetValue(best) && arguments.GetValue(validate) is null)
                throw new UsageException("--best-weights needs --validate-every N, which decides which epoch is the best.");
            IReadOnlyList<BraTSCase> Find(string[]? only, string[]? except, SplitPart part) =>
                CaseFolder.Find(arguments.GetRequiredValue(folder), new()
                {
                    Only = only,
                    Except = except,
                    Split = chosen,
                    Part = part,
                    IsPartial = arguments.GetValue(partial),
                    Labels = arguments.GetValue(labels),
                }, part == SplitPart.Train ? terminal : null);
            TrainingPlan plan = new()
            {
                Cases = Find(arguments.GetValue(cases), left, SplitPart.Train),
                HeldOut = arguments.GetValue(validate) is null ? []
                    : left is { Length: > 0 } ? HeldOut(left)
                    : Find(null, null, SplitPart.Validation),
                ValidateEvery = (int?)arguments.GetValue(validate) ?? 1,
                UseBestWeights = arguments.GetValue(best),
                LogFolder = arguments.GetValue(log) is { } path ? Path.GetFullPath(path) : null,
                Target = Path.GetFullPath(arguments.GetRequiredValue(target)),
                Gpu = (int?)arguments.GetValue(gpu),
                Distribution = distribution,
                OrientationSource = arguments.GetValue(source),
                Cues = arguments.GetValue(cues),
                CueCache = arguments.GetValue(cueCache),
                Checkpoints = kept is null
                    ? null
                    : new()
                    {
                        Folder = Path.GetFullPath(kept),
                        Resume = arguments.GetValue(resume),
                        EverySteps = (int?)arguments.GetValue(checkpointSteps),
                    },
            };
            return Train(plan, settings, terminal, cancellation);

            // Named cases are held out of whatever part of the split they belong to.
            IReadOnlyList<BraTSCase> HeldOut(string[] names) =>
                CaseFolder.Find(arguments.GetRequiredValue(folder), new() { Only = names, Labels = arguments.GetValue(labels) });
        });
    }

    private static ExitCode Train(TrainingPlan plan, TrainingSettings settings, Terminal terminal, CancellationToken cancellation)
    {
        SegmentationTrainerOptions options = settings.ToOptions();
        options = options with
        {
            Checkpoints = plan.Checkpoints,
            Distribution = plan.Distribution,
            Output = options.Output with { LogFolder = plan.LogFolder },
            CancellationToken = cancellation,
        };
        options.CheckUsage();
        if (plan.Cues is not null && options is not SmmlTrainerOptions)
            throw new UsageException(
                $"--cues is for SMML, whose refinement network they teach; {settings.Method.Name.Title} has none. "
                + "Leave --cues out, or use --method smml.");
        Directory.CreateDirectory(Path.GetDirectoryName(plan.Target)!);
        MLContext ml = new(options.Seed) { GpuDeviceId = plan.Gpu, FallbackToCpu = plan.Gpu is null };
        ml.LogTraining(terminal);
        terminal.Note(
            $"{plan.Cases.Count} cases, {settings.Method.Name.Title} of size {settings.Size.ToString().ToLowerInvariant()}, device "
            + $"{(plan.Gpu is { } id ? $"cuda:{id}" : "cpu")}"
            + $"{(plan.Distribution is null ? "" : $", {MpiRuntime.Size} processes")}"
            + $"{(plan.HeldOut.Count > 0 ? $", {plan.HeldOut.Count} for validation" : "")}. "
            + $"{Application.Notice}");
        if (settings.Published is not null)
            terminal.Note(options.ToString());

        IDataView data = ml.Data.LoadBraTS(plan.Cases);
        ICueProvider? provider = plan.Cues?.Open(plan.CueCache, terminal.Detail);
        using IDisposable? native = provider as IDisposable;
        TransformerChain<SegmentationTransformer> model = ProgressDisplay.Run(terminal, "reading cases", report =>
        {
            string loss = "", dice = "";
            Immediate<TrainingProgress> progress = new(now =>
            {
                if (now.EpochLosses.Where(term => term.Role == LossRole.Total).Select(term => term.Value).ToArray()
                    is { Length: > 0 } totals)
                    loss = string.Create(CultureInfo.InvariantCulture, $" loss {totals.Average():0.000}");
                if (now.Validation is { } scores)
                    dice = string.Create(CultureInfo.InvariantCulture, $" Dice {scores.MeanDice:0.000}");
                report(now.Fraction, $"epoch {now.Epoch}/{now.Epochs}{loss}{dice}", now.Remaining);
            });
            EstimatorChain<ITransformer> prepared = ml.Transforms
                .LoadVolumes(new LoadVolumesOptions { OrientationSource = plan.OrientationSource })
                .Append<ITransformer>(ml.Transforms.CropForeground())
                .Append<ITransformer>(ml.Transforms.NormalizeIntensity());
            ValidationSetOptions? validation = plan.HeldOut.Count == 0 ? null : new()
            {
                Cases = prepared.Fit(data).Transform(ml.Data.LoadBraTS(plan.HeldOut)),
                EveryEpochs = plan.ValidateEvery,
                UseBestWeights = plan.UseBestWeights,
            };
            if (provider is not null)
                prepared = prepared.Append<ITransformer>(
                    ml.Transforms.GenerateCues(provider, new() { CancellationToken = cancellation }), TransformerScope.TrainTest);
            return prepared
                .Append(ml.Segmentation.Trainers.Create(options with { Progress = progress, Validation = validation }))
                .Fit(data);
        });
        if (terminal.IsSpeaking)
            ModelFile.Save(ml, model, data.Schema, plan.Target);
        IReadOnlyList<CaseWarning> refused = model.LastTransformer.Training.Refused;
        terminal.NoteRefused(refused);
        SegmentationModelInfo info = ml.Segmentation.Describe(model);
        terminal.Result(
            $"{plan.Target}: trained on {info.TrainingCases} cases{(refused.Count > 0 ? $", {refused.Count} refused" : "")}, "
            + $"weights {info.WeightsSha256}");
        if (info.Training is { StopReason: StopReason.Cancelled } training)
        {
            Tell(training, info, plan, terminal);
            return ExitCode.Cancelled;
        }

        return refused.Count > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }

    // What a training that was ended leaves, and how it goes on.
    private static void Tell(TrainingResult training, SegmentationModelInfo info, TrainingPlan plan, Terminal terminal)
    {
        terminal.Note(
            $"Cancelled after {training.EpochsDone} of {info.Epochs} epochs ({training.StepsDone} steps); the model has the weights of "
            + $"{(training.WeightsEpoch is { } epoch ? $"epoch {epoch}, the best so far" : "the last step")}.");
        if (plan.Checkpoints is { } checkpoints)
            terminal.Note($"{checkpoints.Folder}: the state of training is kept there; the same command with --resume goes on.");
        else
            terminal.Note("No state was kept to go on from: give --checkpoints DIR next time.");
    }

    /// <summary>On what to train, where, and what is kept.</summary>
    private sealed class TrainingPlan
    {
        public required IReadOnlyList<BraTSCase> Cases { get; init; }

        public required IReadOnlyList<BraTSCase> HeldOut { get; init; }

        public required int ValidateEvery { get; init; }

        public required bool UseBestWeights { get; init; }

        public required string? LogFolder { get; init; }

        public required string Target { get; init; }

        public required int? Gpu { get; init; }

        public required DistributionOptions? Distribution { get; init; }

        public required OrientationSource? OrientationSource { get; init; }

        public required CueChoice? Cues { get; init; }

        public required string? CueCache { get; init; }

        public required CheckpointOptions? Checkpoints { get; init; }
    }
}
