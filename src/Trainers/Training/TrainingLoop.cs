using System.Diagnostics;
using Smml.MLNet.Cases;
using Smml.MLNet.Distributed;
using Smml.MLNet.Inference;
using Smml.MLNet.Networks;
using Smml.MLNet.Telemetry;

namespace Smml.MLNet.Training;

/// <summary>A training from where it stands to its end, of any method: epochs of steps, validation, checkpoints, the best epoch.</summary>
internal sealed class TrainingLoop
{
    private readonly SegmentationTrainerOptions _options;
    private readonly TrainingState _state;
    private readonly SampleFeed _feed;
    private readonly TrainingCheckpoints? _checkpoints;
    private readonly ValidationRun? _validation;
    private readonly TrainingLog? _log;
    private readonly TrainingRanks _ranks;
    private readonly TrainingPace _pace;

    /// <summary>Prepares the rest of a training.</summary>
    /// <param name="options">Epochs, batches, cancellation.</param>
    /// <param name="state">Where the training stands: at its beginning, or where a checkpoint was taken up.</param>
    /// <param name="feed">The samples.</param>
    /// <param name="checkpoints">Keeps the state; null for nothing.</param>
    /// <param name="validation">Scores the validation cases; null where there are none.</param>
    /// <param name="log">Writes the course of the training; null for nothing.</param>
    /// <param name="ranks">The processes that train together, of which the first has the three before.</param>
    public TrainingLoop(
        SegmentationTrainerOptions options,
        TrainingState state,
        SampleFeed feed,
        TrainingCheckpoints? checkpoints,
        ValidationRun? validation,
        TrainingLog? log,
        TrainingRanks ranks)
    {
        _options = options;
        _state = state;
        _feed = feed;
        _checkpoints = checkpoints;
        _validation = validation;
        _log = log;
        _ranks = ranks;
        _pace = new(state, (long)options.Epochs * state.StepsPerEpoch);
    }

    /// <summary>Mean loss terms of the epoch that the weights are from.</summary>
    public IReadOnlyList<LossValue> Losses { get; private set; } = [];

    /// <summary>How the weights do on the validation cases: with all 15 subsets if training was
    /// completed; null if they were not scored.</summary>
    public ValidationScores? Validation { get; private set; }

    /// <summary>Trains to the end, or until it is cancelled. The networks then have the last weights, or those of the best epoch if
    /// training was cancelled or <see cref="ValidationSetOptions.UseBestWeights"/> is set.</summary>
    /// <param name="epochDone">Called after each epoch.</param>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled before the first step.</exception>
    public TrainingResult Run(Action<TrainingProgress> epochDone)
    {
        using Activity? activity = Instruments.Activity("smml.train");
        activity?.SetTag(SmmlTelemetry.MethodTag, _options.Method.Key);
        using TrainingMemory memory = new(keeps: !_options.RecomputeEncoders);
        using IDisposable? passes = _state.Method.Begin();
        while (!_state.IsDone)
        {
            // An epoch, or what is left of it after a checkpoint.
            _state.BeginEpoch();
            using IEnumerator<IReadOnlyList<TrainingSample>> batches = _feed.Batches(_state.Epoch, _state.Step).GetEnumerator();
            for (int left = _state.StepsPerEpoch - _state.Step; left > 0; left--)
            {
                // A single training step.
                IReadOnlyList<TrainingSample>? samples = _options.CancellationToken.IsCancellationRequested ? null : Next(batches);
                if (_ranks.Any(samples is null))
                    return Stop();
                Learn(samples!);
                _state.EndStep();

                // Once in a while within the epoch: a checkpoint. After every step: a report.
                if (left > 1)
                {
                    TrainingProgress progress = Progress(_state.Epoch + 1, _state.Step, null);
                    Keep(isBest: false);
                    Tell(progress);
                }
            }

            FinishEpoch(epochDone);
        }

        _state.Method.Share(optimizers: _ranks.OfFirst(() => _checkpoints is not null));
        _checkpoints?.Complete(_state);
        TrainingResult result = _options.Validation is { UseBestWeights: true }
            ? FinishWithBest(StopReason.Completed)
            : Finish(StopReason.Completed, _options.Epochs);
        if (result.WeightsEpoch is { } epoch)
            Validation = Validate(epoch, () => ModalitySet.Subsets) ?? Validation;
        return result;
    }

    // A checkpoint, where the first process finds that it is time to.
    private void Keep(bool isBest)
    {
        if (!_ranks.OfFirst(() => _checkpoints?.IsDue(_state, isBest) == true))
            return;
        _state.Method.Share();
        _checkpoints?.StepDone(_state, isBest);
    }

    private void Tell(TrainingProgress progress)
    {
        if (_ranks.IsFirst)
            _options.Progress?.Report(progress);
    }

    // The next batch; null if the feed was cancelled.
    private IReadOnlyList<TrainingSample>? Next(IEnumerator<IReadOnlyList<TrainingSample>> batches)
    {
        try
        {
            batches.MoveNext();
            return batches.Current;
        }
        catch (Exception exception)
            when (_options.CancellationToken.IsCancellationRequested && CaseFault.Cause(exception) is OperationCanceledException)
        {
            return null;
        }
    }

    private void Learn(IReadOnlyList<TrainingSample> samples)
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            TrainingStep.Run(_state.Method, samples, _options.BatchSize, _state.Epoch, _state.Losses);
            Instruments.Step(_options.Method.Key, Stopwatch.GetElapsedTime(start));
        }
        catch (Exception exception) when (DeviceOutOfMemoryException.IsMeant(exception))
        {
            const string Advice = "Lower BatchSize (GradientAccumulation keeps the samples of a step) or the window (WithPatch), "
                + "set RecomputeEncoders or Precision, "
                + "or give each network a device of its own (GpuDeviceIds). If checkpoints are kept, training goes on from the last one.";
            long estimate = MemoryEstimate.TrainingStep(_options.Network, _options.BatchSize, _state.Networks);
            throw DeviceOutOfMemoryException.Of("a step of training", _state.Device.ToString(), estimate, Advice, exception);
        }
    }

    // Losses, validation, the best epoch so far, a checkpoint, the course of the training, a report.
    private void FinishEpoch(Action<TrainingProgress> epochDone)
    {
        int number = _state.Epoch + 1;
        TrainingEpoch epoch = new()
        {
            Epoch = number,
            LearningRate = _state.LearningRate,
            Losses = Finite(_state.Losses.Means(), number),
            Validation = number > _state.Method.PretrainingEpochs
                && _ranks.OfFirst(() => _validation?.IsDue(number) == true)
                ? Validate(number, () => _options.Validation!.Subsets)
                : null,
            Seconds = _pace.Elapsed.TotalSeconds,
        };
        foreach (LossValue loss in epoch.Losses)
            Instruments.Loss(_options.Method.Key, loss.Label, loss.Value);
        _state.EndEpoch(epoch);
        bool isBest = _state.Best?.Epoch == number;
        if (_ranks.OfFirst(
            () => isBest && (_options.CancellationToken.CanBeCanceled || _options.Validation is { UseBestWeights: true })))
        {
            _state.Method.Share(optimizers: false);
            _state.Best = _state.Best! with { Weights = NetworkWeights.Copy(_state.Networks) };
        }

        TrainingProgress progress = Progress(number, _state.StepsPerEpoch, epoch);
        Keep(isBest);
        _log?.EpochDone(_state.History, isLast: _state.IsDone);
        epochDone(progress);
        Tell(progress);
    }

    private TrainingProgress Progress(int epoch, int step, TrainingEpoch? done)
    {
        (TimeSpan elapsed, TimeSpan remaining) = _pace.Mark();
        return new()
        {
            Epoch = epoch,
            Epochs = _options.Epochs,
            Step = step,
            StepsPerEpoch = _state.StepsPerEpoch,
            LearningRate = _state.LearningRate,
            Elapsed = elapsed,
            Remaining = remaining,
            EpochLosses = done?.Losses ?? [],
            Validation = done?.Validation,
        };
    }

    private static IReadOnlyList<LossValue> Finite(IReadOnlyList<LossValue> means, int epoch)
    {
        string[] broken = [.. means.Where(loss => !double.IsFinite(loss.Value)).Select(loss => loss.Label)];
        if (broken.Length == 0)
            return means;
        string verb = broken.Length == 1 ? "is" : "are";
        throw new InvalidOperationException(
            $"Training diverged in epoch {epoch}: {string.Join(", ", broken)} {verb} not finite. Lower the learning rate, "
            + "and check the intensities of the training volumes.");
    }

    // Null if there are no validation cases, or training was cancelled meanwhile.
    private ValidationScores? Validate(int epoch, Func<IReadOnlyList<ModalitySet>> subsets)
    {
        _state.Method.Share(optimizers: false);
        return _ranks.OfFirst(() =>
        {
            try
            {
                return _validation?.Score(_state.Networks, epoch, subsets());
            }
            catch (OperationCanceledException) when (_options.CancellationToken.IsCancellationRequested)
            {
                return null;
            }
        });
    }

    private TrainingResult Stop()
    {
        if (_state.StepsDone == 0)
            throw new OperationCanceledException(
                "Training was cancelled before its first step: there is no model.", _options.CancellationToken);
        _state.Method.Share(optimizers: _ranks.OfFirst(() => _checkpoints is not null));
        _checkpoints?.Stop(_state);
        _log?.Redraw(_state.History);
        return FinishWithBest(StopReason.Cancelled);
    }

    // With the weights of the best epoch, if they are at hand; else with those that the networks have.
    private TrainingResult FinishWithBest(StopReason reason)
    {
        if (_state.Best is not { Weights: { } weights } best)
            return Finish(reason, reason == StopReason.Completed ? _options.Epochs : null);
        NetworkWeights.Fill(_state.Networks, weights);
        return Finish(reason, best.Epoch);
    }

    private TrainingResult Finish(StopReason reason, int? weightsEpoch)
    {
        if (weightsEpoch is { } epoch)
            (Losses, Validation) = (_state.History[epoch - 1].Losses, _state.History[epoch - 1].Validation);
        return new()
        {
            StopReason = reason,
            EpochsDone = _state.Epoch,
            StepsDone = _state.StepsDone,
            BestEpoch = _state.Best?.Epoch,
            WeightsEpoch = weightsEpoch,
            Resumed = _state.Resumed,
        };
    }
}
