using System.CommandLine;
using Microsoft.ML;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary><c>smml compare DIR --methods A,B --out DIR</c>: methods side by side on one data set,
/// in the layout of the paper's Table 1.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        string[] known = [.. SegmentationMethods.All.Select(method => method.Name.Key)];
        Argument<string> folder = Arguments.Cases();
        Option<string> methods = new("--methods")
        {
            Description = $"What is compared, the first being what the others are compared with: {string.Join(", ", known)} (default: "
                + "all); smml:reference trains as the released code behaves",
            HelpName = "A,B",
            DefaultValueFactory = _ => string.Join(',', known),
        };
        Option<string> target = new("--out")
        {
            Description = "The folder for models, scores, comparison.csv, cases.csv and comparison.html; "
                + "methods that are done there are not trained again",
            Required = true,
            HelpName = "DIR",
        };
        Option<NetworkSize?> size = Arguments.OneOf(
            "--size",
            "tiny: minutes on a CPU (default); paper: the published networks, need a GPU",
            ("tiny", NetworkSize.Tiny),
            ("paper", NetworkSize.Paper));
        Option<string[]?> holdOut = Arguments.CaseList("--hold-out", "Score on these cases, train on the others");
        Option<SplitChoice?> split = new("--split")
        {
            Description = "Train on the training part of a split and score on its test part: 2018:1, 2018:2, 2018:3, 2020, "
                + "or random:SEED (default: random:1)",
            HelpName = "SPLIT",
            CustomParser = result => Arguments.Parse(result, SplitChoice.Parse),
        };
        Option<long?> folds = Arguments.Whole(
            "--folds", "Deal the cases into N parts, and hold out each part once; N trainings of each method", "N", least: 2, most: 100);
        Option<bool> partial = Arguments.SplitPartial();
        Option<long?> epochs = Arguments.Whole(
            "--epochs", "Epochs of each method, one pass over the cases each", "N", least: 1, most: 100_000);
        Option<long?> steps = Arguments.Whole(
            "--steps", "Optimizer steps of each method (default: those that the first method would do)", "N", least: 1, most: 100_000_000);
        Option<double?> minutes = Arguments.Decimal("--minutes", "Minutes of training of each method on this machine", "M");
        Option<bool> own = new("--own-budgets") { Description = "Each method trains as long as it was published; not an equal budget" };
        Option<long?> batch = Arguments.Whole("--batch", "Samples per step of each method (default: 2)", "N", least: 1, most: 256);
        Option<long?> seed = Arguments.Whole("--seed", "Seed of each method (default: 1)", "S");
        Option<VolumeShape?> patch = new("--patch")
        {
            Description = "The window of each method in voxels",
            CustomParser = Arguments.ParseShape,
            HelpName = "XxYxZ",
        };
        Option<EvaluationProtocol?> protocol = Arguments.OneOf(
            "--protocol",
            "How a missing scan is simulated (default: deployed)",
            ("deployed", EvaluationProtocol.Deployed),
            ("paper", EvaluationProtocol.Paper));
        Option<CueChoice?> cues = CueChoice.Option();
        Option<string?> cueCache = CueChoice.CacheOption();
        Option<bool> checkpoints = new("--checkpoints")
        {
            Description = "Keep the state of each training in the folder of --out, so that the same command goes on within a method",
        };
        Option<LabelConvention?> labels = Arguments.Labels();
        Option<long?> gpu = Arguments.Gpu();
        return new Command("compare", "Train methods with an equal budget and compare them on cases that none of them saw")
        {
            folder,
            methods,
            target,
            size,
            holdOut,
            split,
            folds,
            partial,
            epochs,
            steps,
            minutes,
            own,
            batch,
            seed,
            patch,
            protocol,
            cues,
            cueCache,
            checkpoints,
            labels,
            gpu,
        }.Does((arguments, terminal, cancellation) =>
        {
            string[] held = arguments.GetValue(holdOut) ?? [];
            int? parts = (int?)arguments.GetValue(folds);
            if (new[] { held.Length > 0, arguments.GetValue(split) is not null, parts is not null }.Count(given => given) > 1)
                throw new UsageException("--hold-out, --split and --folds each say which cases are scored. Give one of them.");
            string output = Path.GetFullPath(arguments.GetRequiredValue(target));
            IReadOnlyList<BraTSCase> cases = CaseFolder.Find(
                arguments.GetRequiredValue(folder), new() { Labels = arguments.GetValue(labels) }, terminal);
            BraTSSplit? chosenSplit = held.Length > 0 || parts is not null
                ? null
                : (arguments.GetValue(split) ?? SplitChoice.Parse("random:1")).Make(cases);
            CueChoice? chosen = arguments.GetValue(cues);
            ICueProvider? provider = chosen?.Open(arguments.GetValue(cueCache), terminal.Detail);
            using IDisposable? native = provider as IDisposable;
            ComparisonMethod[] compared =
                Methods(arguments.GetRequiredValue(methods), arguments.GetValue(size) ?? NetworkSize.Tiny, options => options with
                {
                    BatchSize = (int?)arguments.GetValue(batch) ?? options.BatchSize,
                    Checkpoints = arguments.GetValue(checkpoints)
                        ? new() { Folder = Path.Combine(output, "checkpoints"), Resume = true }
                        : null,
                }, arguments.GetValue(patch));
            ComparisonOptions options = new()
            {
                HeldOut = held.Length > 0 ? held : null,
                Split = chosenSplit,
                Folds = parts,
                AllowMissingCases = arguments.GetValue(partial),
                Budget = new()
                {
                    Epochs = (int?)arguments.GetValue(epochs),
                    Steps = (int?)arguments.GetValue(steps),
                    Minutes = arguments.GetValue(minutes),
                    IsOwn = arguments.GetValue(own),
                },
                Evaluation =
                    new ComparisonOptions().Evaluation with { Protocol = arguments.GetValue(protocol) ?? EvaluationProtocol.Deployed },
                Folder = output,
                Seed = (int?)arguments.GetValue(seed) ?? 1,
                CueProvider = provider,
                CueSource = chosen?.Name ?? "",
                CancellationToken = cancellation,
            };
            return Compare(cases, compared, options, (int?)arguments.GetValue(gpu), terminal);
        });
    }

    private static ComparisonMethod[] Methods(
        string list, NetworkSize size, Func<SegmentationTrainerOptions, SegmentationTrainerOptions> adapt, VolumeShape? patch)
    {
        try
        {
            return
            [
                .. list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    .Select(text => ComparisonMethod.Parse(text, size))
                    .Select(
                        method => method with { Options = adapt(patch is { } window ? method.Options.WithPatch(window) : method.Options) }),
            ];
        }
        catch (FormatException exception)
        {
            throw new UsageException($"--methods: {exception.Message}");
        }
    }

    private static ExitCode Compare(
        IReadOnlyList<BraTSCase> cases,
        IReadOnlyList<ComparisonMethod> methods,
        ComparisonOptions options,
        int? gpu,
        Terminal terminal)
    {
        MLContext ml = new(options.Seed) { GpuDeviceId = gpu, FallbackToCpu = gpu is null };
        TorchRuntime.GpuDeviceId = gpu;
        TorchRuntime.FallbackToCpu = gpu is null;
        ml.LogTraining(terminal);
        terminal.Note($"{cases.Count} cases; {string.Join(", ", methods.Select(method => method.Name))}. {Application.Notice}");
        ComparisonReport report;
        try
        {
            report = ProgressDisplay.Run(
                terminal,
                "reading cases",
                tell => ml.Segmentation.Compare(
                    ml.Data.LoadBraTS(cases),
                    methods,
                    options with
                    {
                        Progress = StudyMessages.Progress<ComparisonProgress>(
                            tell,
                            now => (now.Method.Name, now.MethodsDone, now.Methods, now.Training, now.Evaluation)),
                    }));
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message); // options and parts are checked before anything is trained
        }

        string table = Path.Combine(options.Folder!, "comparison.csv"),
            each = Path.Combine(options.Folder!, "cases.csv"),
            page = Path.Combine(options.Folder!, "comparison.html");
        report.SaveCsv(table);
        report.SaveCaseCsv(each);
        report.SaveHtml(page);
        terminal.Result(report.ToTable(terminal.Out.Profile.Width));
        foreach (string path in new[] { table, each, page })
            terminal.Result(path);
        return terminal.NoteFaults(
            report.Methods.SelectMany(one => one.Report.Failures),
            report.Methods.SelectMany(one => one.Refused));
    }
}
