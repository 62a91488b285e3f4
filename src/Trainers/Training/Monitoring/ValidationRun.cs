using Microsoft.ML.Runtime;
using Smml.MLNet.Inference;
using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>Scores the validation cases with the networks as they are.</summary>
internal sealed class ValidationRun : IDisposable
{
    private readonly SegmentationTrainerOptions _options;
    private readonly CaseSource _cases;

    /// <summary>Reads the cases.</summary>
    /// <exception cref="InvalidOperationException">There is none, or their labels mean other classes
    /// than those of the training cases.</exception>
    /// <exception cref="InvalidDataException">None of them can be used.</exception>
    public ValidationRun(SegmentationTrainerOptions options, LabelConvention convention, IChannel log)
    {
        _options = options;
        _cases = new(
            options.Validation!.Cases,
            options.Cases with { Split = null }, // the split names training cases
            cueColumn: null,
            log,
            purpose: "validation",
            cancellation: options.CancellationToken);
        if (_cases.Convention.HasSameClasses(convention))
            return;
        LabelConvention found = _cases.Convention;
        _cases.Dispose();
        throw new InvalidOperationException(
            $"The labels of the validation cases follow {found} ({string.Join(", ", found.ClassNames)}), "
            + $"those of the training cases {convention} "
            + $"({string.Join(", ", convention.ClassNames)}). Validate on cases with the same classes.");
    }

    /// <summary>How many cases there are.</summary>
    public int Count => _cases.Count;

    /// <summary>Whether the cases are scored at the end of an epoch.</summary>
    /// <param name="epoch">Counted from 1.</param>
    public bool IsDue(int epoch) => epoch % _options.Validation!.EveryEpochs == 0 || epoch == _options.Epochs;

    /// <summary>Scores every case with every subset that it has.</summary>
    /// <param name="networks">The networks; they are in training mode before and after.</param>
    /// <param name="epoch">The epoch that the weights are from, counted from 1.</param>
    /// <param name="subsets">The subsets.</param>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    public ValidationScores Score(IReadOnlyList<SegmentationNetwork> networks, int epoch, IReadOnlyList<ModalitySet> subsets)
    {
        Dictionary<(ModalitySet Subset, ScoredRegion Region), List<double>> scores = [];
        List<ModalitySet> order = [.. subsets];
        foreach (SegmentationNetwork network in networks)
            network.Train(false);
        try
        {
            using IDisposable guard = no_grad(); // inference mode would mark cached tensors as unfit for training
            foreach (TrainingCase one in _cases.Cases)
                Score(one, networks, subsets, scores);
        }
        finally
        {
            foreach (SegmentationNetwork network in networks)
                network.Train(true);
        }

        return new()
        {
            Epoch = epoch,
            Cases = _cases.Count,
            Scores =
            [
                .. scores
                    .OrderBy(pair => order.IndexOf(pair.Key.Subset))
                    .ThenBy(pair => pair.Key.Region)
                    .Select(pair => new ValidationScore(pair.Key.Subset, pair.Key.Region, pair.Value.Average())),
            ],
        };
    }

    public void Dispose() => _cases.Dispose();

    private void Score(
        TrainingCase one,
        IReadOnlyList<SegmentationNetwork> networks,
        IReadOnlyList<ModalitySet> subsets,
        Dictionary<(ModalitySet Subset, ScoredRegion Region), List<double>> scores)
    {
        ModalitySet[] seen = [.. subsets.Where(subset => subset.IsSubsetOf(one.Available)).Intersect(networks[0].Subsets)];
        if (seen.Length == 0)
            return;
        using DisposeScope scope = NewDisposeScope();
        VolumeShape window = _options.Network.Patch;
        using PaddedScans scans = PaddedScans.Of([.. one.Scans.Select(scan => scan?.ForPadding)], one.Shape, one.Frame, window);
        SlidingWindowOptions options = new SlidingWindowOptions().For(_options.Network, _options.Output.Overlap);
        NetworkMean mean = new(networks, window, options)
        {
            BeforeEach = _options.CancellationToken.ThrowIfCancellationRequested,
        };
        foreach (NetworkMean.Prediction prediction in mean.Predict(scans, seen))
        {
            byte[] classes = mean.Classes(prediction.Mean);
            foreach (ScoredRegion region in Enum.GetValues<ScoredRegion>().Where(region => _cases.Convention.Has(region.Classes)))
            {
                if (!scores.TryGetValue((seen[prediction.Index], region), out List<double>? values))
                    scores.Add((seen[prediction.Index], region), values = []);
                values.Add(DiceScore.Compute(classes, one.Classes.Span, _cases.Convention, region));
            }
        }
    }
}
