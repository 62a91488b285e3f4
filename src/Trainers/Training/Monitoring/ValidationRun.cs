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
        using DisposeScope scope = NewDisposeScope();
        PaddedScans scans = PaddedScans.Of(one, _options.Architecture.Patch);
        byte[] classes = new byte[one.Classes.Length];
        ModalitySet[] seen = [.. subsets.Where(subset => subset.IsSubsetOf(one.Available))];
        if (seen.Length == 0)
            return;
        _options.CancellationToken.ThrowIfCancellationRequested();
        foreach ((ModalitySet subset, Tensor logits) in seen.Zip(BranchMean.Logits(branches, scans.Image, seen, _options.Architecture.Patch, _options.Overlap)))
        {
            BranchMean.Classes(scans.Inner(logits), classes);
            foreach (ScoredRegion region in Enum.GetValues<ScoredRegion>().Where(region => _cases.Convention.Has(region.Classes)))
            {
                if (!scores.TryGetValue((subset, region), out List<double>? values))
                    scores.Add((subset, region), values = []);
                values.Add(DiceScore.Compute(classes, one.Classes.Span, _cases.Convention, region));
            }
        }
    }

    /// <summary>The scans of a case, evenly padded with their background to at least one window.</summary>
    private sealed record PaddedScans(Tensor Image, VolumeShape Shape, (int X, int Y, int Z) Before)
    {
        public static PaddedScans Of(TrainingCase one, VolumeShape window)
        {
            VolumeShape shape = one.Shape, padded = new(Math.Max(shape.X, window.X), Math.Max(shape.Y, window.Y), Math.Max(shape.Z, window.Z));
            (int X, int Y, int Z) before = ((padded.X - shape.X) / 2, (padded.Y - shape.Y) / 2, (padded.Z - shape.Z) / 2);
            Tensor[] scans = [.. one.Scans.Select(scan => scan is null ? zeros([padded.X, padded.Y, padded.Z]) : Pad(scan, shape, padded, before))];
            return new(stack(scans), shape, before);
        }

        private static Tensor Pad(TrainingCase.Scan scan, VolumeShape shape, VolumeShape padded, (int X, int Y, int Z) before)
        {
            Tensor map = tensor(scan.Voxels.ToArray(), [shape.Z, shape.Y, shape.X]).permute(2, 1, 0);
            long[] sides = [before.Z, padded.Z - shape.Z - before.Z, before.Y, padded.Y - shape.Y - before.Y, before.X, padded.X - shape.X - before.X]; // last axis first
            return nn.functional.pad(map, sides, PaddingModes.Constant, scan.Background);
        }

        /// <summary>The part of a map (K, X, Y, Z) that lies on the case.</summary>
        public Tensor Inner(Tensor map) => map.narrow(1, Before.X, Shape.X).narrow(2, Before.Y, Shape.Y).narrow(3, Before.Z, Shape.Z);
    }
}
