using Microsoft.ML;
using Smml.MLNet.Cases;
using Smml.MLNet.Studies;

namespace Smml.MLNet.Comparison;

/// <summary>A comparison in which every case is held out once: one after another for each part of the cases, whose scores come
/// together.</summary>
internal static class FoldedComparison
{
    /// <summary>The cases of each fold, which are dealt in turn in the order of their names, so that cases of one hospital, whose names
    /// follow each other, come into different folds.</summary>
    public static IReadOnlyList<string>[] Deal(IEnumerable<string> names, int folds)
    {
        string[] ordered = [.. names.Order(StringComparer.Ordinal)];
        return [.. Enumerable.Range(0, folds).Select(fold => ordered.Where((_, i) => i % folds == fold).ToArray())];
    }

    /// <summary>Trains and scores each method once per fold.</summary>
    public static ComparisonReport Run(
        MLContext context, IDataView cases, IReadOnlyList<ComparisonMethod> methods, ComparisonOptions options)
    {
        string[] names = [.. CaseRows.Cases(cases, "Compare").Select(one => one.CaseId)];
        int folds = options.Folds!.Value;
        if (names.Length < folds)
            throw new ArgumentException($"Folds is {folds}, and there are {names.Length} cases; expected at least one case in each fold.");
        MethodComparison.CheckTable(options.Folder);
        int seed = MethodComparison.SeedOf(context, methods, options);
        List<ComparisonReport> reports = [];
        foreach (IReadOnlyList<string> heldOut in Deal(names, folds))
        {
            int before = reports.Count * methods.Count;
            string name = FormattableString.Invariant($"fold-{reports.Count + 1}");
            string? folder = options.Folder is { } all ? Path.Combine(all, name) : null;
            ComparisonMethod[] own = [.. methods.Select(method => InFolder(method, name))];
            reports.Add(MethodComparison.Run(context, cases, own, options with
            {
                Folds = null,
                HeldOut = heldOut,
                Folder = folder,
                Seed = seed,
                Progress = options.Progress is { } progress ? new Relay<ComparisonProgress>(now => progress.Report(new()
                {
                    Method = methods.First(method => method.Key == now.Method.Key),
                    MethodsDone = before + now.MethodsDone,
                    Methods = folds * methods.Count,
                    Training = now.Training,
                    Evaluation = now.Evaluation,
                })) : null,
            }));
        }

        return ComparisonReport.Merge(reports);
    }

    // Checkpoints of different folds must not meet.
    private static ComparisonMethod InFolder(ComparisonMethod method, string fold) => method.Options.Checkpoints is not { } kept
        ? method
        : method with
        {
            Options = method.Options with { Checkpoints = kept with { Folder = Path.Combine(kept.Folder, fold) } },
        };
}
