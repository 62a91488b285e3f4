namespace Smml.MLNet;

/// <summary>How long each method trains. By default each does as many optimizer steps on as many samples as
/// the first one of the comparison would.</summary>
public sealed record ComparisonBudget
{
    /// <summary>The largest number of optimizer steps.</summary>
    internal const int MostSteps = 100_000_000;

    /// <summary>Passes over the training cases, the same number for each method.</summary>
    /// <value>1 to 100000; default null.</value>
    public int? Epochs { get; init; }

    /// <summary>Optimizer steps, the same number for each method.</summary>
    /// <value>1 to 100000000; default null.</value>
    public int? Steps { get; init; }

    /// <summary>Minutes of training on this machine, the same for each method. A few steps of each method are timed first; the number of
    /// steps follows from them and is kept in the folder of the comparison, so that a resumed comparison does the same.</summary>
    /// <value>Above 0; default null.</value>
    public double? Minutes { get; init; }

    /// <summary>Whether each method trains with epochs, steps and batch of its own options, published or set. Budgets are then not equal,
    /// and the report says so.</summary>
    /// <value>Default false.</value>
    public bool IsOwn { get; init; }

    /// <summary>Every rule that the values break, as sentences.</summary>
    internal IEnumerable<string> Errors()
    {
        bool[] given = [Epochs is not null, Steps is not null, Minutes is not null, IsOwn];
        if (given.Count(one => one) > 1)
            yield return "Budget names more than one of Epochs, Steps, Minutes and IsOwn; expected at most one.";
        if (Epochs is < 1 or > 100_000)
            yield return $"Budget.Epochs is {Epochs}; expected 1 to 100000.";
        if (Steps is < 1 or > MostSteps)
            yield return $"Budget.Steps is {Steps}; expected 1 to 100000000.";
        if (Minutes is { } minutes && !(minutes is > 0 and <= 1e6))
            yield return FormattableString.Invariant($"Budget.Minutes is {minutes}; expected above 0 to 1000000.");
    }

    /// <summary>The options of a method with the budget.</summary>
    /// <param name="options">The method's own options.</param>
    /// <param name="first">The options of the first method.</param>
    /// <param name="cases">How many training cases there are.</param>
    /// <param name="timedSteps">The steps that fit into <see cref="Minutes"/>.</param>
    internal SegmentationTrainerOptions Apply(
        SegmentationTrainerOptions options, SegmentationTrainerOptions first, int cases, int? timedSteps)
    {
        if (IsOwn)
            return options;
        SegmentationTrainerOptions equal = WithBatchOf(first, options);
        if (Epochs is { } epochs)
            return equal with { Epochs = epochs, StepsPerEpoch = null };
        return (timedSteps ?? Steps) is { } steps
            ? WithSteps(equal, steps, cases)
            : equal with { Epochs = first.Epochs, StepsPerEpoch = first.StepsPerEpoch };
    }

    /// <summary>The options of a method with the batch of the first one, so that a step sees as many samples.</summary>
    internal static SegmentationTrainerOptions WithBatchOf(SegmentationTrainerOptions first, SegmentationTrainerOptions options) =>
        options with { BatchSize = first.BatchSize, GradientAccumulation = first.GradientAccumulation };

    /// <summary>The budget in words.</summary>
    internal string Describe(SegmentationTrainerOptions first, int cases)
    {
        if (IsOwn)
            return "budgets are the methods' own and not equal";
        string batch = $"of {first.BatchSize * first.GradientAccumulation} samples";
        if (Minutes is { } minutes)
            return FormattableString.Invariant($"equal budget: about {minutes:0.##} minutes of training on this machine, steps {batch}");
        SegmentationTrainerOptions applied = Apply(first, first, cases, null);
        long steps = (long)applied.Epochs * (applied.StepsPerEpoch ?? StepsPerPass(first, cases));
        return $"equal budget: {steps} optimizer steps {batch} for each method";
    }

    // An epoch, at whose end the learning rate falls, is at most one pass over the cases, and a
    // whole number of epochs has exactly these steps.
    private static SegmentationTrainerOptions WithSteps(SegmentationTrainerOptions options, int steps, int cases)
    {
        int perEpoch = Math.Max(1, Math.Min(steps, StepsPerPass(options, cases)));
        while (steps % perEpoch != 0)
            perEpoch--;
        return options with { Epochs = steps / perEpoch, StepsPerEpoch = perEpoch };
    }

    private static int StepsPerPass(SegmentationTrainerOptions options, int cases) =>
        (int)Math.Ceiling((double)cases / (options.BatchSize * options.GradientAccumulation));
}
