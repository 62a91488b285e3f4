using System.CommandLine;

namespace Smml.MLNet.CommandLine;

/// <summary>Options of the commands that score cases: how windows are scored, and which part of the cases.</summary>
internal sealed class ScoringArguments
{
    private readonly Option<ScoringEngine?> _engine = Arguments.OneOf(
        "--engine",
        "What computes (default: auto, libtorch if its native library is there, else onnxruntime)",
        ("auto", ScoringEngine.Auto),
        ("libtorch", ScoringEngine.LibTorch),
        ("onnxruntime", ScoringEngine.OnnxRuntime));
    private readonly Option<long?> _gpu = Arguments.Gpu();
    private readonly Option<double?> _overlap = Arguments.Decimal(
        "--overlap", "Share of the window that neighbours share, 0 to 0.9 (default: the model's, in the paper 0.5)", "SHARE");
    private readonly Option<long?> _batch = Arguments.Whole(
        "--window-batch", "Windows that pass the networks at once (default: 1)", "N", least: 1, most: 64);
    private readonly Option<WindowBlending?> _blending = Arguments.OneOf(
        "--blending",
        "How windows are weighted where they overlap (default: constant, as the paper)",
        ("constant", WindowBlending.Constant),
        ("gaussian", WindowBlending.Gaussian));
    private readonly Option<WindowAverage?> _average = Arguments.OneOf(
        "--average",
        "What is averaged over windows and networks (default: as the method was published)",
        ("logits", WindowAverage.Logits),
        ("probabilities", WindowAverage.Probabilities));
    private readonly Option<FlipAxes?> _flips = new("--flips")
    {
        Description =
            "Score windows also flipped along these axes, for example x or xyz: 2, 4 or 8 times the time (default: none, as the paper)",
        HelpName = "AXES",
        CustomParser = result => Arguments.Parse<FlipAxes?>(result, ParseAxes),
    };

    private readonly Option<bool> _skipsEmpty = new("--skip-empty") { Description = "Leave out windows without tissue" };
    private readonly Option<Shard?> _shard = new("--shard")
    {
        Description = "Do every n-th case, beginning with the k-th (default: all, or what a job array of Slurm or Kubernetes, srun or "
            + "mpirun says). Once more without it brings the parts together",
        HelpName = "k/n",
        CustomParser = result => Arguments.Parse<Shard?>(result, text => Smml.MLNet.Shard.Parse(text)),
    };

    private readonly Option<bool> _again = new("--again") { Description = "Do cases again that the folder already holds" };

    /// <summary>Adds the options to a command.</summary>
    public Command AddTo(Command command)
    {
        Option[] options = [_engine, _gpu, _overlap, _batch, _blending, _average, _flips, _skipsEmpty, _shard, _again];
        foreach (Option option in options)
            command.Add(option);
        return command;
    }

    /// <summary>Sets the engine and the device of this process.</summary>
    public void Choose(ParseResult arguments)
    {
        ScoringRuntime.Engine = arguments.GetValue(_engine) ?? ScoringEngine.Auto;
        TorchRuntime.GpuDeviceId = (int?)arguments.GetValue(_gpu);
        TorchRuntime.FallbackToCpu = arguments.GetValue(_gpu) is null;
    }

    /// <summary>How windows are scored.</summary>
    public SlidingWindowOptions Windows(ParseResult arguments) => new()
    {
        Overlap = arguments.GetValue(_overlap) is { } overlap
            ? (overlap is >= 0 and <= 0.9
                ? overlap
                : throw new UsageException(FormattableString.Invariant($"--overlap is {overlap}, expected 0 to 0.9.")))
            : null,
        BatchSize = (int)(arguments.GetValue(_batch) ?? 1),
        Blending = arguments.GetValue(_blending) ?? WindowBlending.Constant,
        Average = arguments.GetValue(_average), // null: as the method was published
        Flips = arguments.GetValue(_flips) ?? FlipAxes.None,
        SkipsEmptyWindows = arguments.GetValue(_skipsEmpty),
    };

    /// <summary>Whether cases are done again.</summary>
    public bool Again(ParseResult arguments) => arguments.GetValue(_again);

    /// <summary>Which part of the cases; told on the terminal where it is not all.</summary>
    public Shard Shard(ParseResult arguments, Terminal terminal)
    {
        try
        {
            (Shard shard, string origin) = arguments.GetValue(_shard) is { } named
                ? (named, "--shard")
                : Smml.MLNet.Shard.FromEnvironment() ?? (Smml.MLNet.Shard.All, "");
            if (shard.Count > 1)
                terminal.Note($"shard {shard} ({origin})");
            return shard;
        }
        catch (FormatException exception)
        {
            throw new UsageException($"{exception.Message} That is the option --shard.");
        }
    }

    /// <summary>The name of a table: that of all cases, or of a part.</summary>
    public static string TableName(string name, Shard shard) =>
        shard.Count == 1 ? name + ".csv" : $"{name}.{shard.Index}-of-{shard.Count}.csv";

    private static FlipAxes? ParseAxes(string text)
    {
        FlipAxes axes = FlipAxes.None;
        foreach (char letter in text)
        {
            axes |= char.ToLowerInvariant(letter) switch
            {
                'x' => FlipAxes.X,
                'y' => FlipAxes.Y,
                'z' => FlipAxes.Z,
                _ => throw new FormatException($"--flips is '{text}', expected letters out of x, y, z, for example xy."),
            };
        }

        return axes;
    }
}
