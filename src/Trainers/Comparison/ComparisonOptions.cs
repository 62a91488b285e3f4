using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>On which cases methods are compared, and how long they train.</summary>
public sealed record ComparisonOptions
{
    /// <summary>The names of the cases that no method sees in training and that all are scored on.</summary>
    /// <value>Default null: the test part of <see cref="Split"/>.</value>
    public IReadOnlyList<string>? HeldOut { get; init; }

    /// <summary>The split whose training part trains and whose test part is scored.</summary>
    /// <value>Default null: a random split with the seed of the comparison, 70 % training, 10 % unused, 20 % test.</value>
    public BraTSSplit? Split { get; init; }

    /// <summary>Holds every case out once: the cases are dealt into this many parts, and each method is trained anew for each part, on the
    /// others. The folder of the comparison then has one folder for each part.</summary>
    /// <value>2 to 100; default null: only some cases are held out.</value>
    public int? Folds { get; init; }

    /// <summary>Whether the split may name cases that the data do not have.</summary>
    /// <value>Default false.</value>
    public bool AllowMissingCases { get; init; }

    /// <summary>What comes before each trainer.</summary>
    /// <value>Default null: LoadVolumes, CropForeground, NormalizeIntensity.</value>
    public IEstimator<ITransformer>? Preparation { get; init; }

    /// <summary>How long each method trains.</summary>
    public ComparisonBudget Budget { get; init; } = new();

    /// <summary>How each method is measured; column name, progress and token are set by the comparison. Pictures are not drawn.</summary>
    public EvaluationOptions Evaluation { get; init; } = new() { Metrics = SegmentationMetric.Dice };

    /// <summary>Where each method's model (<c>rfnet.zip</c>) and scores (<c>rfnet.json</c>) are kept. A method that is there already,
    /// trained with the same settings on the same cases, is not trained again.</summary>
    /// <value>Default null: nothing is kept.</value>
    public string? Folder { get; init; }

    /// <summary>The seed of every method.</summary>
    /// <value>Default null: the seed of the first method's options, else one from the <c>MLContext</c>.</value>
    public int? Seed { get; init; }

    /// <summary>Makes semantic cues for the methods that use them (SMML), from the prepared volumes.</summary>
    /// <value>Default null: trained without cues, unless the preparation adds a column of them.</value>
    public ICueProvider? CueProvider { get; init; }

    /// <summary>Says where the cues come from, for example <c>phantom:1</c>; kept with the models that use cues.</summary>
    public string CueSource { get; init; } = "";

    /// <summary>Receives a report after every training step and every scored case.</summary>
    public IProgress<ComparisonProgress>? Progress { get; init; }

    /// <summary>Ends the comparison between two steps; the methods that are done stay in <see cref="Folder"/>.</summary>
    public CancellationToken CancellationToken { get; init; }

    internal void Validate(IReadOnlyList<ComparisonMethod> methods)
    {
        List<string> errors = [];
        if (methods.Count == 0)
            errors.Add(
                $"No method is named; expected some of {string.Join(", ", SegmentationMethods.All.Select(method => method.Name.Key))}.");
        foreach (IGrouping<string, ComparisonMethod> same in methods.GroupBy(method => method.Key).Where(group => group.Count() > 1))
            errors.Add($"{same.Count()} methods are named '{same.First().Name}'; give each a name of its own.");
        foreach (ComparisonMethod method in methods.Where(method => method.Key.Length == 0))
            errors.Add($"'{method.Name}' cannot be the name of files; expected at least one letter or digit.");
        if (new object?[] { HeldOut, Split, Folds }.Count(one => one is not null) > 1)
            errors.Add("More than one of HeldOut, Split and Folds says which cases are scored; expected at most one.");
        if (Folds is < 2 or > 100)
            errors.Add($"Folds is {Folds}; expected 2 to 100.");
        if (Folds is not null && Budget?.Minutes is not null)
            errors.Add(
                "Budget.Minutes times each method anew for each fold, so that the steps would differ; give Steps or Epochs with Folds.");
        if (HeldOut is { Count: 0 })
            errors.Add("HeldOut is empty; name at least one case, or leave it out.");
        if (Folder is not null && string.IsNullOrWhiteSpace(Folder))
            errors.Add("Folder is empty; expected a folder, or null to keep nothing.");
        errors.AddRange(Budget?.Errors() ?? ["Budget is null; leave the default."]);
        if (Evaluation is null)
            errors.Add("Evaluation is null; leave the default.");
        if (errors.Count > 0)
            throw new ArgumentException("Compare: " + string.Join(' ', errors));
        Evaluation!.Validate();
        foreach (ComparisonMethod method in methods)
            method.Options.Validate();
    }
}

/// <summary>Where a comparison stands.</summary>
public sealed class ComparisonProgress
{
    /// <summary>The current method.</summary>
    public required ComparisonMethod Method { get; init; }

    /// <summary>The methods that are done.</summary>
    public required int MethodsDone { get; init; }

    /// <summary>The methods in all.</summary>
    public required int Methods { get; init; }

    /// <summary>The last training step of the current method; null before the first.</summary>
    public TrainingProgress? Training { get; init; }

    /// <summary>The last scored case of the current method; null before its training is done.</summary>
    public EvaluationProgress? Evaluation { get; init; }
}
