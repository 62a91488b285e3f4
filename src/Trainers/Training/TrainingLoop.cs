using System.Diagnostics;
using Smml.MLNet.Losses;
using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>Semantic-guided masked mutual learning, in the order of the paper: two masks, two students, their losses, one step. With one branch, one mask and its own losses only.</summary>
internal sealed class TrainingLoop
{
    private readonly SmmlTrainerOptions _options;
    private readonly CaseSource _cases;
    private readonly Device _device;
    private readonly int _seed;
    private readonly int _classes;
    private readonly SmmlObjective _objective;
    private readonly MmFormer.Heads _heads;

    public TrainingLoop(SmmlTrainerOptions options, CaseSource cases, Device device, int seed)
    {
        _options = options;
        _cases = cases;
        _device = device;
        _seed = seed;
        _classes = cases.Convention.ClassCount;
        Refines = cases.HasCues && options.Losses.UsesRefinement;
        _objective = new(options.Losses);
        _heads = (options.Losses.AuxiliaryWeight > 0 ? MmFormer.Heads.Auxiliary : 0) | (options.Losses.SeparateWeight > 0 ? MmFormer.Heads.Separate : 0);
        StepsPerEpoch = options.StepsPerEpoch ?? (cases.Count + options.BatchSize - 1) / options.BatchSize;

        TorchRuntime.Seed(seed);
        Branches = [.. Enumerable.Range(0, options.Architecture.BranchCount).Select(_ => new SmmlBranch(options.Architecture, _classes, training: true, Refines))];
        foreach (SmmlBranch branch in Branches)
        {
            branch.To(device);
            branch.Train(true);
        }
    }

    public IReadOnlyList<SmmlBranch> Branches { get; }

    /// <summary>Whether the branches have refinement networks.</summary>
    public bool Refines { get; }

    public int StepsPerEpoch { get; }

    /// <summary>Trains to the end.</summary>
    /// <param name="epochDone">Told after each epoch.</param>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    public void Run(Action<TrainingProgress> epochDone)
    {
        // After the move to the device: moving replaces the parameters.
        using SmmlOptimizer optimizer = new(Branches.SelectMany(branch => branch.Parameters), _options.LearningRate, _options.WeightDecay);
        using BranchThreads threads = new(Branches.Count, parallel: _device.type == DeviceType.CPU && _options.Architecture.Dropout == 0);
        long start = Stopwatch.GetTimestamp();
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
        {
            optimizer.LearningRate = SmmlOptimizer.Schedule(_options.LearningRate, epoch, _options.Epochs);
            bool consistency = epoch >= _options.ConsistencyStart;
            EpochLosses losses = new();
            using IEnumerator<TrainingCase> cases = Endless(epoch).GetEnumerator();
            for (int step = 0; step < StepsPerEpoch; step++)
            {
                _options.CancellationToken.ThrowIfCancellationRequested();
                Step(optimizer, threads, Draw(cases, epoch, step), consistency, losses);

                TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
                double done = ((double)epoch * StepsPerEpoch) + step + 1, all = (double)_options.Epochs * StepsPerEpoch;
                TrainingProgress progress = new()
                {
                    Epoch = epoch + 1,
                    Epochs = _options.Epochs,
                    Step = step + 1,
                    StepsPerEpoch = StepsPerEpoch,
                    LearningRate = optimizer.LearningRate,
                    Elapsed = elapsed,
                    Remaining = elapsed * ((all - done) / done),
                    EpochLosses = step + 1 == StepsPerEpoch ? Finite(losses.Means(), epoch) : new Dictionary<string, double>(),
                };
                if (step + 1 == StepsPerEpoch)
                    epochDone(progress);
                _options.Progress?.Report(progress);
            }
        }
    }

    private static IReadOnlyDictionary<string, double> Finite(IReadOnlyDictionary<string, double> means, int epoch)
    {
        string[] broken = [.. means.Where(term => !double.IsFinite(term.Value)).Select(term => term.Key)];
        return broken.Length == 0 ? means : throw new InvalidOperationException(
            $"Training diverged in epoch {epoch + 1}: {string.Join(", ", broken)} {(broken.Length == 1 ? "is" : "are")} not finite. Lower LearningRate, and check the intensities of the training volumes.");
    }

    // The cases in this epoch's order; where an epoch has more steps than cases, the next order follows.
    private IEnumerable<TrainingCase> Endless(int epoch)
    {
        for (int round = 0; ; round++)
        {
            foreach (TrainingCase one in _cases.Epoch(SplitMix64.ForKey(_seed, epoch, round, -1)))
                yield return one;
        }
    }

    private List<(TrainingCase Source, PatchDraw Draw)> Draw(IEnumerator<TrainingCase> cases, int epoch, int step)
    {
        List<(TrainingCase, PatchDraw)> samples = [];
        for (int i = 0; i < _options.BatchSize; i++)
        {
            cases.MoveNext();
            SplitMix64 random = SplitMix64.ForKey(_seed, epoch, step, i); // a stream of its own for each sample
            samples.Add((cases.Current, PatchDraw.Draw(random, cases.Current, _options.Architecture.Patch, _options.Augmentation)));
        }

        return samples;
    }

    private void Step(SmmlOptimizer optimizer, BranchThreads threads, List<(TrainingCase Source, PatchDraw Draw)> samples, bool consistency, EpochLosses losses)
    {
        using DisposeScope scope = NewDisposeScope();
        optimizer.ZeroGradients();
        Tensor[] totals;
        using (DisposeScope inner = NewDisposeScope()) // wrappers of the forward pass go before the backward pass, so that it can free activations
        {
            TrainingBatch batch = TrainingBatch.Create(samples, _options.Architecture.Patch, _classes, _options.Fidelity, Refines, _device);
            SegmentationLoss target = new(batch.Labels, _classes);
            SmmlObjective.Student[] students = new SmmlObjective.Student[Branches.Count];
            threads.Run(b => students[b] = Forward(Branches[b], batch, batch.Masks[b], target));
            foreach (SmmlObjective.Student student in students)
                student.AttachTo(inner);
            SmmlObjective.Result result = _objective.Compute(students, batch.Labels, batch.Available, target, consistency);
            losses.Add(result.Terms);
            totals = [.. result.Totals.Select(total => total.MoveToOuterDisposeScope())];
        }

        threads.Run(b => totals[b].backward()); // equation 13: cross terms are detached, so each student's loss has a graph of its own
        optimizer.Step();
    }

    private SmmlObjective.Student Forward(SmmlBranch branch, TrainingBatch batch, Tensor mask, SegmentationLoss target)
    {
        using DisposeScope scope = NewDisposeScope(); // scopes belong to threads: the caller takes the results over
        ModalitySet encoded = _heads.HasFlag(MmFormer.Heads.Separate) ? ModalitySet.All : batch.Present;
        MmFormer.Output output = branch.Backbone.Run(batch.Scans, mask, encoded, _heads);
        Tensor? refined = batch.Cues is null ? null : branch.Refinement!.call(output.Logits, new(batch.Cues, mask, target.OneHot));
        SmmlObjective.Student student = new(output, refined);
        student.Detach();
        return student;
    }
}
