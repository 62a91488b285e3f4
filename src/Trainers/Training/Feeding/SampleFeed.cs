namespace Smml.MLNet.Training;

/// <summary>The samples of every step, in an order that seed and position alone decide, cut ahead by worker tasks.</summary>
/// <remarks>Cases, places and masks follow from (seed, epoch, step, sample), so that it does not matter which task does a step, nor when. Workers use managed code only.</remarks>
internal sealed class SampleFeed : IDisposable
{
    private readonly SmmlTrainerOptions _options;
    private readonly IReadOnlyList<TrainingCase> _cases;
    private readonly bool _withCues;
    private readonly int _stepsPerEpoch;
    private readonly int _seed;
    private readonly CancellationTokenSource _closing = new();
    private readonly Queue<Task<TrainingSample[]>> _ahead = []; // of consecutive steps, the last of which comes before _next
    private long _next;

    /// <summary>Prepares a feed; nothing is cut before the first batch is asked for.</summary>
    /// <param name="options">The window, how patches are varied, how many workers there are.</param>
    /// <param name="cases">The cases in an order of their own.</param>
    /// <param name="withCues">Whether the refinement network trains.</param>
    /// <param name="stepsPerEpoch">Steps an epoch.</param>
    /// <param name="seed">Decides everything that is random.</param>
    public SampleFeed(SmmlTrainerOptions options, IReadOnlyList<TrainingCase> cases, bool withCues, int stepsPerEpoch, int seed)
    {
        _options = options;
        _cases = cases;
        _withCues = withCues;
        _stepsPerEpoch = stepsPerEpoch;
        _seed = seed;
    }

    private int SamplesPerStep => _options.BatchSize * _options.GradientAccumulation;

    /// <summary>The batches of an epoch from one of its steps on. Those of the next epoch are begun before this one ends.</summary>
    /// <param name="epoch">Counted from 0.</param>
    /// <param name="firstStep">The step of the first batch.</param>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    public IEnumerable<IReadOnlyList<TrainingSample>> Batches(int epoch, int firstStep)
    {
        for (int step = firstStep; step < _stepsPerEpoch; step++)
            yield return Take(((long)epoch * _stepsPerEpoch) + step);
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
        if (_options.Workers == 0)
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
        long end = (long)_options.Epochs * _stepsPerEpoch;
        while (_ahead.Count < atLeast || (_ahead.Count < _options.Workers && _next < end))
        {
            long position = _next++;
            _ahead.Enqueue(Task.Run(() => Cut(position)));
        }
    }

    private void Drop()
    {
        Task all = Task.WhenAll(_ahead);
        all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult(); // how they end concerns nobody any more
        _ahead.Clear();
    }

    private TrainingSample[] Cut(long position)
    {
        (long epoch, long step) = Math.DivRem(position, _stepsPerEpoch);
        TrainingSample[] samples = new TrainingSample[SamplesPerStep];
        for (int i = 0; i < samples.Length; i++)
        {
            _closing.Token.ThrowIfCancellationRequested();
            _options.CancellationToken.ThrowIfCancellationRequested();
            TrainingCase source = CaseAt(epoch, (step * samples.Length) + i);
            SplitMix64 random = SplitMix64.ForKey(_seed, epoch, step, i); // a stream of its own for each sample
            PatchDraw draw = PatchDraw.Draw(random, source, _options.Architecture.Patch, _options.Augmentation);
            samples[i] = TrainingSample.Cut(source, draw, _options.Architecture.Patch, _options.Fidelity, _withCues);
        }

        return samples;
    }

    // The cases in this epoch's order; where an epoch has more samples than cases, another order follows.
    private TrainingCase CaseAt(long epoch, long sample)
    {
        (long round, long place) = Math.DivRem(sample, _cases.Count);
        int[] order = [.. Enumerable.Range(0, _cases.Count)];
        SplitMix64.ForKey(_seed, epoch, round, -1).Shuffle(order.AsSpan());
        return _cases[order[place]];
    }
}
