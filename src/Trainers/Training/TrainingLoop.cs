using System.Diagnostics;
using Smml.MLNet.Networks;
using Smml.MLNet.Persistence;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>A training from where it stands to its end: epochs of steps (<see cref="TrainingStep"/>), checkpoints, the best epoch.</summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly SmmlTrainerOptions _options;
    private readonly int _classes;
    private readonly SampleFeed _feed;
    private readonly TrainingCheckpoints? _checkpoints;
    private readonly ValidationRun? _validation;
    private readonly TrainingLog? _log;
    private readonly TrainingState _state;

    /// <summary>Makes networks and optimizer, or takes them up from a checkpoint.</summary>
    /// <exception cref="InvalidOperationException">The checkpoint is of another training.</exception>
    public TrainingLoop(SmmlTrainerOptions options, CaseSource cases, IReadOnlyList<Device> devices, int seed, TrainingCheckpoints? checkpoints, ValidationRun? validation, TrainingLog? log)
    {
        _options = options;
        _checkpoints = checkpoints;
        _validation = validation;
        _log = log;
        _classes = cases.Convention.ClassCount;
        Refines = cases.HasCues && options.Losses.UsesRefinement;
        StepsPerEpoch = options.StepsPerEpoch ?? (int)Math.Ceiling((double)cases.Count / (options.BatchSize * options.GradientAccumulation));
        _feed = new(options, cases.Cases, Refines, StepsPerEpoch, seed);

        TorchRuntime.Seed(seed);
        Branches = [.. Enumerable.Range(0, options.Architecture.BranchCount).Select(_ => new SmmlBranch(options.Architecture, _classes, training: true, Refines))];
        for (int b = 0; b < Branches.Count; b++)
        {
            Branches[b].To(devices[b]);
            Branches[b].Train(true);
        }

        _state = new(options, Branches, StepsPerEpoch, seed);
        checkpoints?.Begin(_state, CheckpointSettings.Of(options, cases, Refines, StepsPerEpoch), cases.Fingerprints);
    }

    public IReadOnlyList<SmmlBranch> Branches { get; }

    /// <summary>Whether the branches have refinement networks.</summary>
    public bool Refines { get; }

    public int StepsPerEpoch { get; }

    /// <summary>The epochs that were finished, in all processes.</summary>
    public IReadOnlyList<TrainingEpoch> History => _state.History;

    /// <summary>Time of training in all processes.</summary>
    public TimeSpan Elapsed => _state.Elapsed;

    /// <summary>Mean loss terms of the epoch that the weights are from.</summary>
    public IReadOnlyDictionary<string, double> Losses { get; private set; } = new Dictionary<string, double>();

    /// <summary>How the weights do on the validation cases: with all 15 subsets where training was completed; null where they were not scored.</summary>
    public ValidationScores? Validation { get; private set; }

    /// <summary>Trains to the end, or until it is cancelled; the branches then have the last weights, or those of the best epoch where training was cancelled or <see cref="ValidationSetOptions.UseBestWeights"/> is set.</summary>
    /// <param name="epochDone">Told after each epoch.</param>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled before the first step.</exception>
    public TrainingResult Run(Action<TrainingProgress> epochDone)
    {
        using TrainingStep learn = new(_options, Branches, _state.Optimizer, _classes);
        Pace pace = new(_state);
        while (!_state.IsDone)
        {
            if (!Epoch(learn, pace, epochDone))
                return Stop();
        }

        _checkpoints?.Complete(_state);
        TrainingResult result = _options.Validation is { UseBestWeights: true } ? UseBest(StopReason.Completed) : Use(StopReason.Completed, _options.Epochs);
        if (result.WeightsEpoch is { } epoch)
            Validation = Validate(epoch, ModalitySet.Subsets) ?? Validation;
        return result;
    }

    public void Dispose()
    {
        _feed.Dispose();
        _state.Dispose();
    }

    private static IReadOnlyDictionary<string, double> Finite(IReadOnlyDictionary<string, double> means, int epoch)
    {
        string[] broken = [.. means.Where(term => !double.IsFinite(term.Value)).Select(term => term.Key)];
        return broken.Length == 0 ? means : throw new InvalidOperationException(
            $"Training diverged in epoch {epoch + 1}: {string.Join(", ", broken)} {(broken.Length == 1 ? "is" : "are")} not finite. Lower LearningRate, and check the intensities of the training volumes.");
    }

    // The rest of an epoch; false where it was cancelled.
    private bool Epoch(TrainingStep learn, Pace pace, Action<TrainingProgress> epochDone)
    {
        int epoch = _state.Epoch;
        _state.Optimizer.LearningRate = SmmlOptimizer.Schedule(_options.LearningRate, epoch, _options.Epochs);
        bool consistency = epoch >= _options.ConsistencyStart;
        using IEnumerator<IReadOnlyList<TrainingSample>> batches = _feed.Batches(epoch, _state.Step).GetEnumerator();
        for (int step = _state.Step; step < StepsPerEpoch; step++)
        {
            if (_options.CancellationToken.IsCancellationRequested || Next(batches) is not { } samples)
                return false;
            Learn(learn, samples, consistency);
            bool last = step + 1 == StepsPerEpoch, best = last && EndEpoch(epoch, pace);
            if (!last)
                _state.EndStep();
            (TimeSpan elapsed, TimeSpan remaining) = pace.After(_state, (long)_options.Epochs * StepsPerEpoch);
            _checkpoints?.StepDone(_state, best);
            if (last)
                _log?.EpochDone(_state.History, isLast: _state.IsDone);
            TrainingProgress progress = new()
            {
                Epoch = epoch + 1,
                Epochs = _options.Epochs,
                Step = step + 1,
                StepsPerEpoch = StepsPerEpoch,
                LearningRate = _state.Optimizer.LearningRate,
                Elapsed = elapsed,
                Remaining = remaining,
                EpochLosses = last ? _state.History[^1].Losses : new Dictionary<string, double>(),
                Validation = last ? _state.History[^1].Validation : null,
            };
            if (last)
                epochDone(progress);
            _options.Progress?.Report(progress);
        }

        return true;
    }

    private void Learn(TrainingStep learn, IReadOnlyList<TrainingSample> samples, bool consistency)
    {
        try
        {
            learn.Run(samples, consistency, _state.Losses);
        }
        catch (Exception exception) when (DeviceOutOfMemoryException.IsMeant(exception))
        {
            throw DeviceOutOfMemoryException.Of("a step of training", Branches[0].Device, MemoryEstimate.TrainingStep(_options, Branches),
                "Lower BatchSize (GradientAccumulation keeps the samples of a step) or the window (SmmlArchitecture.WithPatch), set RecomputeEncoders or Precision, or give each branch a device of its own (GpuDeviceIds). Where checkpoints are kept, training goes on from the last one.", exception);
        }
    }

    // Whether the epoch is the best so far.
    private bool EndEpoch(int epoch, Pace pace)
    {
        IReadOnlyDictionary<string, double> means = Finite(_state.Losses.Means(), epoch);
        TrainingEpoch done = new()
        {
            Epoch = epoch + 1,
            LearningRate = _state.Optimizer.LearningRate,
            Losses = means,
            Validation = _validation?.IsDue(epoch + 1) == true ? Validate(epoch + 1, _options.Validation!.Subsets) : null,
            Seconds = pace.Elapsed.TotalSeconds,
        };
        _state.EndEpoch(done);
        if (BestEpoch.Better(_state.Best, done, _options) is not { } better)
            return false;
        bool kept = _options.CancellationToken.CanBeCanceled || _options.Validation is { UseBestWeights: true };
        _state.Best = better with { Weights = kept ? SmmlWeights.Copy(Branches) : null };
        return true;
    }

    // Null where there are no validation cases, or training was cancelled meanwhile.
    private ValidationScores? Validate(int epoch, IReadOnlyList<ModalitySet> subsets)
    {
        try
        {
            return _validation?.Score(Branches, epoch, subsets);
        }
        catch (OperationCanceledException) when (_options.CancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private TrainingResult Stop()
    {
        if (_state.StepsDone == 0)
            throw new OperationCanceledException("Training was cancelled before its first step: there is no model.", _options.CancellationToken);
        _checkpoints?.Stop(_state);
        _log?.Redraw(_state.History);
        return UseBest(StopReason.Cancelled);
    }

    // The weights of the best epoch, where they are at hand; else those that the branches have.
    private TrainingResult UseBest(StopReason reason)
    {
        if (_state.Best is not { Weights: { } weights } best)
            return Use(reason, reason == StopReason.Completed ? _options.Epochs : null);
        SmmlWeights.Fill(Branches, weights);
        return Use(reason, best.Epoch);
    }

    private TrainingResult Use(StopReason reason, int? weightsEpoch)
    {
        if (weightsEpoch is { } epoch)
            (Losses, Validation) = (_state.History[epoch - 1].Losses, _state.History[epoch - 1].Validation);
        return Result(reason, weightsEpoch);
    }

    private TrainingResult Result(StopReason reason, int? weightsEpoch) => new()
    {
        StopReason = reason,
        EpochsDone = _state.Epoch,
        StepsDone = _state.StepsDone,
        BestEpoch = _state.Best?.Epoch,
        WeightsEpoch = weightsEpoch,
        Resumed = _state.Resumed,
    };

    // The next batch; null where the feed was cancelled.
    private IReadOnlyList<TrainingSample>? Next(IEnumerator<IReadOnlyList<TrainingSample>> batches)
    {
        try
        {
            batches.MoveNext();
            return batches.Current;
        }
        catch (Exception exception) when (_options.CancellationToken.IsCancellationRequested && CaseFault.Cause(exception) is OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Time of training, over all processes, and time that is left, at the pace of this one.</summary>
    private sealed class Pace(TrainingState state)
    {
        private readonly long _start = Stopwatch.GetTimestamp();
        private readonly long _first = state.StepsDone;
        private readonly TimeSpan _before = state.Elapsed;

        public TimeSpan Elapsed => _before + Stopwatch.GetElapsedTime(_start);

        public (TimeSpan Elapsed, TimeSpan Remaining) After(TrainingState now, long all)
        {
            TimeSpan own = Stopwatch.GetElapsedTime(_start);
            now.Elapsed = _before + own;
            return (now.Elapsed, own * ((double)(all - now.StepsDone) / (now.StepsDone - _first)));
        }
    }
}
