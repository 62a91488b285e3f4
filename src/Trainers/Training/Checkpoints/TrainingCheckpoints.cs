using System.Text.Json.Nodes;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace Smml.MLNet.Training;

/// <summary>Keeps the state of a training, and takes it up again.</summary>
internal sealed class TrainingCheckpoints : IDisposable
{
    private readonly CheckpointOptions _options;
    private readonly IChannel _log;
    private readonly CheckpointFolder _folder;
    private readonly CheckpointFile? _found;
    private JsonObject _settings = [];
    private IReadOnlyList<CaseFingerprint> _cases = [];
    private string _device = "";
    private long _last;
    private (int Epoch, int Step)? _saved;

    /// <summary>Opens the folder, before any case is read.</summary>
    /// <exception cref="InvalidOperationException">It holds a checkpoint, and the options do not ask to go on.</exception>
    /// <exception cref="InvalidDataException">No checkpoint in it is whole.</exception>
    /// <exception cref="IOException">It cannot be used.</exception>
    public TrainingCheckpoints(CheckpointOptions options, IChannel log)
    {
        _options = options;
        _log = log;
        _folder = new(options.Folder);
        try
        {
            if (!options.Resume && _folder.Existing.FirstOrDefault() is { } name)
                throw new InvalidOperationException(
                    $"{_folder.PathOf(name)}: there is a checkpoint already. Resume (CheckpointOptions.Resume, "
                    + "'smml train --resume') goes on from it; for a new training choose another folder, or move the checkpoints away.");
            _found = _folder.OpenNewest(log);
            if (options.Resume && _found is null)
                log.Info(MessageSensitivity.None, "{0}: there is no checkpoint to resume; training starts anew.", options.Folder);
        }
        catch
        {
            _folder.Dispose();
            throw;
        }
    }

    /// <summary>The seed of the training that goes on; null for a new one.</summary>
    public int? Seed => _found?.Header.Seed;

    /// <summary>Begins: takes up the checkpoint, where there is one.</summary>
    /// <exception cref="InvalidOperationException">The checkpoint is of another training; the message says what differs.</exception>
    public void Begin(TrainingState state, JsonObject settings, IReadOnlyList<CaseFingerprint> cases)
    {
        (_settings, _cases, _device) = (settings, cases, state.Device.type.ToString());
        _last = _options.TimeProvider.GetTimestamp();
        if (_found is null)
            return;
        CheckpointHeader header = _found.Header;
        string[] differences = [.. new[]
        {
            CheckpointSettings.Difference(header.Settings, settings),
            header.Seed == state.Seed ? "" : $"seed: found {header.Seed}, expected {state.Seed}",
            CheckpointSettings.Difference(header.Cases, cases),
        }.Where(text => text.Length > 0)];
        if (differences.Length > 0)
            throw new InvalidOperationException(
                $"{_found.Path}: the checkpoint is of another training: {string.Join("; ", differences)}. "
                + "Resume with the same options and data, or train anew in another folder; the file is untouched.");

        if (header.Library != ModelEnvironment.LibraryVersion || header.Device != _device || header.Threads != state.Threads)
            _log.Warning(
                MessageSensitivity.None,
                "The checkpoint was written by Smml.MLNet {0} on {1} with {2} threads, training goes on with {3} on {4} with {5}: "
                + "the weights may differ in their last bits from those of an uninterrupted training.",
                header.Library,
                header.Device,
                header.Threads,
                ModelEnvironment.LibraryVersion,
                _device,
                state.Threads);
        state.Restore(_found);
        if (header.BestCriterion != state.BestCriterion)
            _log.Warning(
                MessageSensitivity.None,
                "The best epoch so far was chosen by the {0}; from here on it is by the {1}, and the search begins anew.",
                header.BestCriterion,
                state.BestCriterion);
        state.Best = WithWeights(state);
        if (Path.GetFileName(_found.Path) is CheckpointFolder.Latest or CheckpointFolder.Final)
            _saved = (state.Epoch, state.Step);
        _log.Info(
            MessageSensitivity.None, "Training goes on after {0} epochs and {1} steps, from {2}.", state.Epoch, state.Step, _found.Path);
        _found.Dispose();
    }

    /// <summary>Whether <see cref="StepDone"/> has anything to keep.</summary>
    public bool IsDue(TrainingState state, bool isBest) => isBest || IsLatestDue(state);

    /// <summary>Keeps the state after a step, where it is time to.</summary>
    /// <param name="state">The state.</param>
    /// <param name="isBest">Whether the step ended the best epoch so far.</param>
    public void StepDone(TrainingState state, bool isBest)
    {
        bool isDue = IsLatestDue(state);
        if (isBest)
            Save(CheckpointFolder.Best, state);
        if (isDue)
            SaveLatest(state);
    }

    /// <summary>Keeps the state of a training that was told to end.</summary>
    public void Stop(TrainingState state) => SaveLatest(state);

    /// <summary>Keeps the state of a training that is done.</summary>
    public void Complete(TrainingState state)
    {
        if (_saved == (state.Epoch, state.Step) && Path.GetFileName(_found?.Path) == CheckpointFolder.Final)
            return; // it was done before
        SaveLatest(state);
        _folder.Finish();
    }

    public void Dispose()
    {
        _found?.Dispose();
        _folder.Dispose();
    }

    private bool IsLatestDue(TrainingState state) => !state.IsDone
        && ((state.Step == 0 && state.Epoch % _options.EveryEpochs == 0)
            || (_options.EverySteps is { } steps && state.StepsDone % steps == 0)
            || _options.TimeProvider.GetElapsedTime(_last) >= _options.Interval);

    private void SaveLatest(TrainingState state)
    {
        if (_saved == (state.Epoch, state.Step))
            return;
        Save(CheckpointFolder.Latest, state);
        _saved = (state.Epoch, state.Step);
        _last = _options.TimeProvider.GetTimestamp();
    }

    private void Save(string name, TrainingState state)
    {
        long start = _options.TimeProvider.GetTimestamp();
        using DisposeScope scope = torch.NewDisposeScope();
        IReadOnlyList<KeyValuePair<string, torch.Tensor>> tensors = state.Tensors();
        CheckpointHeader header = state.Describe(_settings, _cases, tensors);
        _folder.Save(name, header, tensors);
        _log.Trace(
            MessageSensitivity.None,
            "{0}: {1} epochs and {2} steps, kept in {3:0} ms",
            _folder.PathOf(name),
            state.Epoch,
            state.Step,
            _options.TimeProvider.GetElapsedTime(start).TotalMilliseconds);
    }

    // The best file may be ahead of the checkpoint, where the run was killed between the two; it is then made again.
    private BestEpoch? WithWeights(TrainingState state)
    {
        string path = _folder.PathOf(CheckpointFolder.Best);
        if (state.Best is not { } best || !File.Exists(path))
            return state.Best;
        try
        {
            using CheckpointFile file = CheckpointFile.Open(path);
            return file.Header.Best is { } found
                && found.Epoch == best.Epoch
                && found.Value.Equals(best.Value)
                && file.Header.Seed == state.Seed
                ? best with { Weights = state.ReadWeights(file) }
                : best;
        }
        catch (InvalidDataException exception)
        {
            _log.Warning(MessageSensitivity.None, "{0} Training goes on without it.", exception.Message);
            return best;
        }
    }
}
