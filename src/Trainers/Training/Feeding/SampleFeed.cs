namespace Smml.MLNet.Training;

/// <summary>The samples of every step, in an order that seed and position alone decide, cut ahead by worker tasks.</summary>
/// <remarks>Cases, places and masks follow from (seed, epoch, step, sample), so that it does not matter which task does a step, nor when.
/// Workers use managed code only.</remarks>
internal sealed class SampleFeed : IDisposable
{
    private readonly FeedSettings _settings;
    private readonly IReadOnlyList<TrainingCase> _cases;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenSource _closing = new();
    private readonly Queue<Task<TrainingSample[]>> _ahead = []; // of consecutive steps, the last of which comes before _next
    private long _next;

    /// <summary>Prepares a feed; nothing is cut before the first batch is asked for.</summary>
    /// <param name="settings">What a sample is, how many there are, and how many workers cut them.</param>
    /// <param name="cases">The cases in an order of their own.</param>
    /// <param name="cancellation">Ends the feed between two samples.</param>
    public SampleFeed(FeedSettings settings, IReadOnlyList<TrainingCase> cases, CancellationToken cancellation = default)
    {
        _settings = settings;
        _cases = cases;
        _cancellation = cancellation;
    }

    /// <summary>The batches of an epoch from one of its steps on. Those of the next epoch are begun before this one ends.</summary>
    /// <param name="epoch">Counted from 0.</param>
    /// <param name="firstStep">The step of the first batch.</param>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    public IEnumerable<IReadOnlyList<TrainingSample>> Batches(int epoch, int firstStep)
    {
        for (int step = firstStep; step < _settings.StepsPerEpoch; step++)
            yield return Take(((long)epoch * _settings.StepsPerEpoch) + step);
    }

    /// <summary>Ends the workers and waits for them.</summary>
    public void Dispose()
    {
        _closing.Cancel();
        Drop();
        _closing.Dispose();
    }

    private TrainingSample[] Take(long position)
    {
        if (_settings.Workers == 0)
            return Cut(position);
        if (position != _next - _ahead.Count)
        {
            Drop();
            _next = position;
        }

        Fill(atLeast: 1);
        TrainingSample[] samples = _ahead.Dequeue().GetAwaiter().GetResult(); // a failure of the worker as it was
        Fill(atLeast: 0);
        return samples;
    }

    // As many steps ahead as there are workers, up to the end of training.
    private void Fill(int atLeast)
    {
        long end = (long)_settings.Epochs * _settings.StepsPerEpoch;
        while (_ahead.Count < atLeast || (_ahead.Count < _settings.Workers && _next < end))
        {
            long position = _next++;
            _ahead.Enqueue(Task.Run(() => Cut(position)));
        }
    }

    private void Drop()
    {
        Task all = Task.WhenAll(_ahead);
        all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult(); // their results are discarded
        _ahead.Clear();
    }

    private TrainingSample[] Cut(long position)
    {
        (long epoch, long step) = Math.DivRem(position, _settings.StepsPerEpoch);
        AugmentationOptions augmentation = epoch < _settings.PlainEpochs ? AugmentationOptions.None : _settings.Augmentation;
        TrainingSample[] samples = new TrainingSample[_settings.SamplesPerStep];
        for (int i = 0; i < samples.Length; i++)
        {
            _closing.Token.ThrowIfCancellationRequested();
            _cancellation.ThrowIfCancellationRequested();
            TrainingCase source = CaseAt(epoch, (step * samples.Length) + i);
            SplitMix64 random = SplitMix64.ForKey(_settings.Seed, epoch, step, i); // a stream of its own for each sample
            PatchDraw draw = PatchDraw.Draw(
                random, source, _settings.Patch, augmentation, _settings.Masks, _settings.MaskChoices);
            samples[i] = TrainingSample.Cut(source, draw, _settings.Patch, _settings.Fidelity, _settings.WithCues);
        }

        return samples;
    }

    // The cases in this epoch's order; where an epoch has more samples than cases, another order follows.
    private TrainingCase CaseAt(long epoch, long sample)
    {
        (long round, long place) = Math.DivRem(sample, _cases.Count);
        int[] order = [.. Enumerable.Range(0, _cases.Count)];
        SplitMix64.ForKey(_settings.Seed, epoch, round, -1).Shuffle(order.AsSpan());
        return _cases[order[place]];
    }
}
