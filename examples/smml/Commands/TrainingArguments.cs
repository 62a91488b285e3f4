using System.CommandLine;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary>The options of a command line that decide how a model is trained.</summary>
internal sealed class TrainingArguments
{
    private readonly Option<NetworkSize?> _size = Arguments.OneOf(
        "--size",
        "tiny: minutes on a CPU, small volumes (default); paper: the published network, needs a GPU",
        ("tiny", NetworkSize.Tiny),
        ("paper", NetworkSize.Paper));

    private readonly Option<SegmentationMethod?> _method = new("--method")
    {
        Description =
            $"The method: {string.Join(", ", SegmentationMethods.All.Select(method => $"{method.Name.Key} ({method.Name.Description})"))} "
            + $"(default: {SegmentationMethods.All[0].Name.Key})",
        HelpName = string.Join('|', SegmentationMethods.All.Select(method => method.Name.Key)),
        CustomParser = result => Arguments.Parse<SegmentationMethod?>(result, SegmentationMethods.Parse),
    };

    private readonly Option<long?> _epochs = Arguments.Whole(
        "--epochs", "Epochs (default: 120 tiny; paper: as published, 1000, rfnet 300, unet-mfi 1200, m3ae 900)", "N");
    private readonly Option<long?> _steps = Arguments.Whole(
        "--steps", "Steps per epoch (default: cases / batch; rfnet of paper size: 150)", "N");
    private readonly Option<long?> _batch = Arguments.Whole(
        "--batch", "Samples per step (default: 2; unet-mfi and m3ae of paper size: 1)", "N");
    private readonly Option<long?> _seed = Arguments.Whole(
        "--seed", "The same seed gives the same weights on a CPU (default: 1; with --paper 1024)", "S");
    private readonly Option<VolumeShape?> _patch = new("--patch")
    {
        Description =
            "The window in voxels, multiples of 16, for rfnet and unet-mfi of 8 "
            + "(default: 32x32x32 tiny; paper: 128x128x128, for rfnet 80x80x80)",
        CustomParser = Arguments.ParseShape,
        HelpName = "XxYxZ",
    };
    private readonly Option<double?> _learningRate = Arguments.Decimal(
        "--learning-rate", "Initial learning rate (default: 0.003 tiny, 0.0002 paper, unet-mfi 0.00005, m3ae 0.0003)", "R");

    private readonly Option<BraTS?> _paper = Arguments.OneOf(
        "--paper",
        "The settings of a published experiment: network, losses, epochs, seed and, of 2018 and 2020, the training cases",
        ("2015", BraTS.Y2015),
        ("2018", BraTS.Y2018),
        ("2020", BraTS.Y2020));
    private readonly Option<TrainingPrecision?> _precision = Arguments.OneOf(
        "--precision",
        "bf16: convolutions and products in bfloat16, faster where the processor or GPU has it (default: single)",
        ("single", TrainingPrecision.Single),
        ("bf16", TrainingPrecision.BFloat16));
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

    private readonly bool _choosesMethod;

    /// <summary>Makes the options.</summary>
    /// <param name="choosesMethod">Whether the user chooses a method; else it is SMML.</param>
    public TrainingArguments(bool choosesMethod) => _choosesMethod = choosesMethod;

    public IEnumerable<Option> All => _choosesMethod ? [_method, .. Shared] : Shared;

    private Option[] Shared =>
    [
        _size, _epochs, _steps, _batch, _seed, _patch, _learningRate, _paper, _precision, _accumulate, _recompute, _workers, _data,
    ];

    /// <summary>What the user set.</summary>
    public TrainingSettings Read(ParseResult arguments) => new()
    {
        Method = (_choosesMethod ? arguments.GetValue(_method) : null) ?? SegmentationMethods.All[0],
        Size = arguments.GetValue(_paper) is not null ? NetworkSize.Paper : arguments.GetValue(_size) ?? NetworkSize.Tiny,
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
        LearningRate = arguments.GetValue(_learningRate),
    };
}

/// <summary>Commands that train.</summary>
internal static class TrainingCommandExtensions
{
    /// <summary>Adds the options of a training.</summary>
    public static Command With(this Command command, TrainingArguments training)
    {
        foreach (Option option in training.All)
            command.Add(option);
        return command;
    }
}
