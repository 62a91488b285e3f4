using Microsoft.ML.Runtime;
using Smml.MLNet.Inference;
using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>Scores the validation cases with the networks as they are.</summary>
internal sealed class ValidationRun : IDisposable
{
    private readonly SmmlTrainerOptions _options;
    private readonly CaseSource _cases;

    /// <summary>Reads the cases.</summary>
    /// <exception cref="InvalidOperationException">There is none, or their labels mean other classes than those of the training cases.</exception>
    /// <exception cref="InvalidDataException">None of them can be used.</exception>
    public ValidationRun(SmmlTrainerOptions options, LabelConvention convention, IChannel log)
    {
        _options = options;
        _cases = new(options.Validation!.Cases, options.ForValidation(), log, "validation");
        if (_cases.Convention.HasSameClasses(convention))
            return;
        _cases.Dispose();
        throw new InvalidOperationException($"The labels of the validation cases follow {_cases.Convention} ({string.Join(", ", _cases.Convention.ClassNames)}), those of the training cases {convention} ({string.Join(", ", convention.ClassNames)}). Validate on cases with the same classes.");
    }

    /// <summary>How many cases there are.</summary>
    public int Count => _cases.Count;

    /// <summary>Whether the cases are scored at the end of an epoch.</summary>
    /// <param name="epoch">Counted from 1.</param>
    public bool IsDue(int epoch) => epoch % _options.Validation!.EveryEpochs == 0 || epoch == _options.Epochs;

    /// <summary>Scores every case with every subset that it has.</summary>
    /// <param name="branches">The students; they are in training mode before and after.</param>
    /// <param name="epoch">The epoch that the weights are from, counted from 1.</param>
    /// <param name="subsets">The subsets.</param>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    public ValidationScores Score(IReadOnlyList<SmmlBranch> branches, int epoch, IReadOnlyList<ModalitySet> subsets)
    {
        Dictionary<(ModalitySet Subset, ScoredRegion Region), List<double>> scores = [];
        List<ModalitySet> order = [.. subsets];
        foreach (SmmlBranch branch in branches)
            branch.Train(false);
        try
        {
            using IDisposable guard = no_grad(); // inference mode would mark cached tensors as unfit for training
            foreach (TrainingCase one in _cases.Cases)
                Score(one, branches, subsets, scores);
        }
        finally
        {
            foreach (SmmlBranch branch in branches)
                branch.Train(true);
        }

        return new()
        {
            Epoch = epoch,
            Cases = _cases.Count,
            Scores = [.. scores.OrderBy(pair => order.IndexOf(pair.Key.Subset)).ThenBy(pair => pair.Key.Region)
                .Select(pair => new ValidationScore(pair.Key.Subset, pair.Key.Region, pair.Value.Average()))],
        };
    }

    public void Dispose() => _cases.Dispose();

    private void Score(TrainingCase one, IReadOnlyList<SmmlBranch> branches, IReadOnlyList<ModalitySet> subsets, Dictionary<(ModalitySet Subset, ScoredRegion Region), List<double>> scores)
    {
        ModalitySet[] seen = [.. subsets.Where(subset => subset.IsSubsetOf(one.Available))];
        if (seen.Length == 0)
            return;
        using DisposeScope scope = NewDisposeScope();
        using PaddedScans scans = PaddedScans.Of([.. one.Scans.Select(scan => scan is null ? ((ReadOnlyMemory<float>, float)?)null : (scan.Voxels, scan.Background))], one.Shape, _options.Architecture.Patch);
        BranchMean mean = new(branches, _cases.Convention.ClassCount, _options.Architecture.Patch, _options.Overlap, new()) { BeforeEach = _options.CancellationToken.ThrowIfCancellationRequested };
        mean.Predict(scans, seen, (i, prediction) =>
        {
            byte[] classes = BranchMean.Classes(prediction.Mean);
            foreach (ScoredRegion region in Enum.GetValues<ScoredRegion>().Where(region => _cases.Convention.Has(region.Classes)))
            {
                if (!scores.TryGetValue((seen[i], region), out List<double>? values))
                    scores.Add((seen[i], region), values = []);
                values.Add(DiceScore.Compute(classes, one.Classes.Span, _cases.Convention, region));
            }
        });
    }
}
