using System.CommandLine;
using System.Globalization;
using Microsoft.ML;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary>The options of a command line that decide how a model is trained.</summary>
internal sealed class TrainingArguments
{
    private const string Tiny = "tiny"; // the name of a method's tiny network

    private readonly Option<NetworkSize?> _size = Arguments.OneOf(
        "--size",
        "tiny: minutes on a CPU, small volumes (default); paper: the published network, needs a GPU",
        ("tiny", NetworkSize.Tiny),
        ("paper", NetworkSize.Paper));

    private readonly Option<SegmentationMethod?> _method = Arguments.Method(
        $"The method: {string.Join(", ", SegmentationMethods.All.Select(method => $"{method.Name.Key} ({method.Name.Description})"))} "
        + $"(default: {SegmentationMethods.All[0].Name.Key})");

    private readonly Option<StudentPatterns?> _patterns = new("--patterns")
    {
        Description = "The subsets of the scans that get a student, for smunet, for example flair,t1ce+t2 (default: all 14)",
        HelpName = "A,B+C",
        CustomParser = result => Arguments.Parse<StudentPatterns?>(result, text => StudentPatterns.Parse(text)),
    };

    private readonly Option<long?> _epochs = Arguments.Whole("--epochs", $"Epochs ({Defaults(one => one.Epochs)})", "N");
    private readonly Option<long?> _steps = Arguments.Whole(
        "--steps",
        $"Steps per epoch ({Defaults(one => one.StepsPerEpoch?.ToString(CultureInfo.InvariantCulture) ?? "cases / batch")})",
        "N");
    private readonly Option<long?> _batch = Arguments.Whole("--batch", $"Samples per step ({Defaults(one => one.BatchSize)})", "N");
    private readonly Option<long?> _seed = Arguments.Whole(
        "--seed", "The same seed gives the same weights on a CPU (default: 1; with --paper 1024)", "S");
    private readonly Option<VolumeShape?> _patch = new("--patch")
    {
        Description =
            "The window in voxels (default: 32x32x32 tiny, paper as published); "
            + "one that a network cannot take is refused with the legal ones",
        CustomParser = Arguments.ParseShape,
        HelpName = "XxYxZ",
    };
    private readonly Option<double?> _learningRate = Arguments.Decimal(
        "--learning-rate", $"Initial learning rate ({Defaults(one => one.Optimizer.LearningRate)})", "R");

    private readonly Option<BraTS?> _paper = Arguments.OneOf(
        "--paper",
        "The settings of a published experiment: network, losses, epochs, seed and, of 2018 and 2020, the training cases",
        ("2015", BraTS.Y2015),
        ("2018", BraTS.Y2018),
        ("2020", BraTS.Y2020));
    private readonly Option<TrainingPrecision?> _precision = Arguments.OneOf(
        "--precision",
        "bf16: convolutions and products in bfloat16, faster where the processor or GPU has it, else many times slower; auto: bf16 where "
            + "it is faster (default: single)",
        ("single", TrainingPrecision.Single),
        ("bf16", TrainingPrecision.BFloat16),
        ("auto", TrainingPrecision.Auto));
    private readonly Option<long?> _accumulate = Arguments.Whole(
        "--accumulate", "Passes of --batch samples a step, for large batches in little memory (default: 1)", "N", least: 1, most: 64);
    private readonly Option<bool> _recompute = new("--recompute")
    {
        Description = "Compute the encoders again in the backward pass: less memory, more time",
    };
    private readonly Option<long?> _workers = Arguments.Whole(
        "--workers", "Tasks that cut the patches of the next steps (default: 1)", "N", most: 64);
    private readonly Option<string?> _data = new("--data-description")
    {
        Description = "What the training data are, for the model's card; name no patient",
        HelpName = "TEXT",
    };

    private readonly Option<string?> _from = new("--from")
    {
        Description =
            "Begin with the weights of this model (.zip) and train it further; method and sizes are its own, window and classes may be "
            + "others",
        HelpName = "MODEL",
    };
    private readonly Option<bool> _freeze = new("--freeze-encoders")
    {
        Description = "With --from: do not train the encoders",
    };

    private readonly bool _choosesMethod;

    /// <summary>Makes the options.</summary>
    /// <param name="choosesMethod">Whether the user chooses a method; else it is SMML.</param>
    public TrainingArguments(bool choosesMethod) => _choosesMethod = choosesMethod;

    public IEnumerable<Option> All => _choosesMethod ? [_method, _patterns, _from, _freeze, .. Shared] : Shared;

    private Option[] Shared =>
    [
        _size, _epochs, _steps, _batch, _seed, _patch, _learningRate, _paper, _precision, _accumulate, _recompute, _workers, _data,
    ];

    /// <summary>What the user set.</summary>
    /// <exception cref="UsageException">Options contradict each other.</exception>
    public TrainingSettings Read(ParseResult arguments)
    {
        StartingModel? start = _choosesMethod ? Start(arguments) : null;
        return Read(arguments, start);
    }

    private TrainingSettings Read(ParseResult arguments, StartingModel? start) => new()
    {
        Method = (_choosesMethod ? arguments.GetValue(_method) : null)
            ?? (start is null ? SegmentationMethods.All[0] : SegmentationMethods.Parse(start.Info.Method.Key)),
        Start = start,
        FreezeEncoders = _choosesMethod && arguments.GetValue(_freeze),
        Size = arguments.GetValue(_paper) is not null ? NetworkSize.Paper : arguments.GetValue(_size) ?? SizeOf(start),
        Published = arguments.GetValue(_paper),
        Epochs = (int?)arguments.GetValue(_epochs),
        Steps = (int?)arguments.GetValue(_steps),
        Batch = (int?)arguments.GetValue(_batch),
        Seed = (int?)arguments.GetValue(_seed),
        Precision = arguments.GetValue(_precision),
        Accumulate = (int?)arguments.GetValue(_accumulate),
        Recompute = arguments.GetValue(_recompute),
        Workers = (int?)arguments.GetValue(_workers),
        DataDescription = arguments.GetValue(_data),
        Patch = arguments.GetValue(_patch),
        Patterns = _choosesMethod ? arguments.GetValue(_patterns) : null,
        LearningRate = arguments.GetValue(_learningRate),
    };

    // A model is trained further with the settings of its size; one of other sizes, such as an imported one, with the published ones.
    private static NetworkSize SizeOf(StartingModel? start) =>
        start is null || start.Info.Architecture.Name == Tiny ? NetworkSize.Tiny : NetworkSize.Paper;

    private StartingModel? Start(ParseResult arguments)
    {
        if (arguments.GetValue(_from) is not { } path)
        {
            return arguments.GetValue(_freeze)
                ? throw new UsageException("--freeze-encoders needs --from MODEL: encoders with fresh weights must learn.")
                : null;
        }

        if (!File.Exists(path))
        {
            throw new UsageException(
                $"--from is '{path}', and there is no such file. Give the zip that 'smml train' or 'smml import' wrote.");
        }

        MLContext ml = new(seed: 1);
        (ITransformer model, SegmentationModelInfo info) = ModelFile.Load(ml, path);
        if (arguments.GetValue(_method) is { } method && method.Name != info.Method)
            throw new UsageException($"--from is a model of {info.Method.Key}, and --method is {method.Name.Key}. Leave --method out.");
        return ml.Segmentation.StartingFrom(model);
    }

    // What each method has as its default: one value for the tiny size, where all share it, and for the paper's one value with the methods
    // that have another.
    private static string Defaults<T>(Func<SegmentationTrainerOptions, T> value)
    {
        return $"default: tiny {Of(NetworkSize.Tiny)}; paper {Of(NetworkSize.Paper)}";

        string Of(NetworkSize size)
        {
            (string Key, string Value)[] all =
            [
                .. SegmentationMethods.All.Select(method =>
                    (method.Name.Key, string.Create(CultureInfo.InvariantCulture, $"{value(method.CreateOptions(size)):0.######}"))),
            ];
            IGrouping<string, string>[] groups =
                [.. all.GroupBy(one => one.Value, one => one.Key).OrderByDescending(group => group.Count())];
            return string.Join(", ", groups.Select((group, i) => i == 0 ? group.Key : $"{string.Join(" and ", group)} {group.Key}"));
        }
    }
}

/// <summary>Commands that train.</summary>
internal static class TrainingCommandExtensions
{
    /// <summary>Adds the options of a training.</summary>
    public static Command With(this Command command, IEnumerable<Option> options)
    {
        foreach (Option option in options)
            command.Add(option);
        return command;
    }
}
