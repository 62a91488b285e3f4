namespace Smml.MLNet.Training;

/// <summary>The samples of every step, in an order that seed and position alone decide.</summary>
internal sealed class SampleFeed(SmmlTrainerOptions options, CaseSource cases, int seed)
{
    /// <summary>The batches of an epoch from one of its steps on, without end.</summary>
    /// <param name="epoch">Counted from 0.</param>
    /// <param name="firstStep">The step of the first batch; the cases of the steps before it are passed over.</param>
    public IEnumerable<IReadOnlyList<(TrainingCase Source, PatchDraw Draw)>> Batches(int epoch, int firstStep)
    {
        using IEnumerator<TrainingCase> drawn = Endless(epoch).GetEnumerator();
        for (long passed = (long)firstStep * options.BatchSize; passed > 0; passed--)
            drawn.MoveNext();
        for (int step = firstStep; ; step++)
        {
            List<(TrainingCase, PatchDraw)> samples = [];
            for (int i = 0; i < options.BatchSize; i++)
            {
                drawn.MoveNext();
                SplitMix64 random = SplitMix64.ForKey(seed, epoch, step, i); // a stream of its own for each sample
                samples.Add((drawn.Current, PatchDraw.Draw(random, drawn.Current, options.Architecture.Patch, options.Augmentation)));
            }

            yield return samples;
        }
    }

    // The cases in this epoch's order; where an epoch has more steps than cases, the next order follows.
    private IEnumerable<TrainingCase> Endless(int epoch)
    {
        for (int round = 0; ; round++)
        {
            foreach (TrainingCase one in cases.Epoch(SplitMix64.ForKey(seed, epoch, round, -1)))
                yield return one;
        }
    }
}
