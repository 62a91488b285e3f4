using Smml.MLNet.Training;

namespace Smml.MLNet.Tests.Training.Feeding;

/// <summary>Workers cut ahead; order and content of the batches do not depend on them.</summary>
public sealed class SampleFeedTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    public void Batches_are_the_same_for_any_number_of_workers(int workers)
    {
        TrainingCase[] cases = [.. Enumerable.Range(0, 4).Select(index => TinyCases.Case(index, cues: true))];
        using SampleFeed alone = TinyCases.Feed(TinyCases.Options(workers: 0, batch: 3), cases, withCues: true, stepsPerEpoch: 3, seed: 5),
            feed = TinyCases.Feed(TinyCases.Options(workers, batch: 3), cases, withCues: true, stepsPerEpoch: 3, seed: 5);
        // in order, then back, then beyond the end
        foreach ((int epoch, int first, int taken) in new[] { (0, 0, 3), (1, 0, 1), (1, 1, 2), (0, 2, 1), (1, 2, 1), (2, 0, 1) })
        {
            foreach ((IReadOnlyList<TrainingSample> expected, IReadOnlyList<TrainingSample> found) in alone.Batches(epoch, first)
                .Zip(feed.Batches(epoch, first))
                .Take(taken))
            {
                Assert.Equal(3, found.Count);
                foreach ((TrainingSample one, TrainingSample other) in expected.Zip(found))
                {
                    Assert.Equal(one.Scans, other.Scans);
                    Assert.Equal(one.Labels, other.Labels);
                    Assert.Equal(one.Cues, other.Cues);
                    Assert.Equal((one.Available, one.Masks[0], one.Masks[1]), (other.Available, other.Masks[0], other.Masks[1]));
                }
            }
        }
    }

    [Fact]
    public void Every_case_comes_once_before_one_comes_again()
    {
        int[] cut = new int[5];
        TrainingCase[] cases = [.. Enumerable.Range(0, 5).Select(index => TinyCases.Watched(() => Interlocked.Increment(ref cut[index])))];
        List<int> order = [];
        using SampleFeed feed = TinyCases.Feed(TinyCases.Options(workers: 0), cases, withCues: false, stepsPerEpoch: 10, seed: 5);
        foreach (IReadOnlyList<TrainingSample> _ in feed.Batches(0, 0))
        {
            order.Add(Array.FindIndex(cut, count => count > 0));
            Array.Clear(cut);
        }

        Assert.Equal([0, 1, 2, 3, 4], order.Take(5).Order());
        Assert.Equal([0, 1, 2, 3, 4], order.Skip(5).Order());
        Assert.NotEqual(order.Take(5), order.Skip(5));
    }

    [Fact]
    public void The_steps_to_come_are_cut_while_the_caller_learns_and_no_more_than_there_are_workers()
    {
        using CountdownEvent begun = new(3);
        int cuts = 0;
        TrainingCase one = TinyCases.Watched(() =>
        {
            if (Interlocked.Increment(ref cuts) <= 3)
                begun.Signal();
        });
        using (SampleFeed feed = TinyCases.Feed(TinyCases.Options(workers: 2), [one], withCues: false, stepsPerEpoch: 9, seed: 5))
        {
            using IEnumerator<IReadOnlyList<TrainingSample>> batches = feed.Batches(0, 0).GetEnumerator();
            Assert.Equal(0, cuts); // nothing before the first step
            Assert.True(batches.MoveNext());
            Assert.True(
                begun.Wait(s_long, TestContext.Current.CancellationToken),
                $"{cuts} steps were begun, expected the one that was asked for and two ahead");
        }

        Assert.Equal(3, cuts);
    }

    [Fact]
    public void The_first_steps_of_the_next_epoch_are_cut_before_it_begins_and_nothing_beyond_the_last()
    {
        using CountdownEvent begun = new(2);
        int cuts = 0;
        TrainingCase one = TinyCases.Watched(() =>
        {
            if (Interlocked.Increment(ref cuts) <= 2)
                begun.Signal();
        });
        // two epochs
        using (SampleFeed feed = TinyCases.Feed(TinyCases.Options(workers: 1), [one], withCues: false, stepsPerEpoch: 1, seed: 5))
        {
            Assert.Single(feed.Batches(0, 0));
            Assert.True(begun.Wait(s_long, TestContext.Current.CancellationToken));
            Assert.Single(feed.Batches(1, 0));
        }

        Assert.Equal(2, cuts);
    }

    [Fact]
    public void Batches_come_in_order_whichever_worker_is_done_first()
    {
        TrainingCase[] cases = new TrainingCase[2];
        using ManualResetEventSlim second = new();
        int[] order = [0, 1];
        SplitMix64.ForKey(5, 0, 0, -1).Shuffle(order.AsSpan());
        cases[order[0]] = TinyCases.Watched(() => Assert.True(second.Wait(s_long)));
        cases[order[1]] = TinyCases.Watched(second.Set, index: 1);
        using SampleFeed feed = TinyCases.Feed(TinyCases.Options(workers: 2), cases, withCues: false, stepsPerEpoch: 2, seed: 5);
        ModalitySet[] available = [.. feed.Batches(0, 0).Select(batch => batch.Single().Available)];
        Assert.Equal([cases[order[0]].Available, cases[order[1]].Available], available);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_failure_reaches_the_caller_as_it_was(int workers)
    {
        using SampleFeed feed = TinyCases.Feed(
            TinyCases.Options(workers),
            [TinyCases.Watched(() => throw new InsufficientMemoryException("of the worker"))],
            withCues: false,
            stepsPerEpoch: 4,
            seed: 5);
        InsufficientMemoryException error = Assert.Throws<InsufficientMemoryException>(() => feed.Batches(0, 0).First());
        Assert.Equal("of the worker", error.Message);
        Assert.Contains(nameof(TrainingSample), error.StackTrace);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_cancelled_token_ends_the_feed(int workers)
    {
        using CancellationTokenSource source = new();
        using SampleFeed feed = TinyCases.Feed(
            TinyCases.Options(workers, batch: 2, source.Token),
            [TinyCases.Watched(source.Cancel)],
            withCues: false,
            stepsPerEpoch: 4,
            seed: 5);
        Assert.ThrowsAny<OperationCanceledException>(() => feed.Batches(0, 0).First()); // between the two samples of the first step
    }

    [Fact]
    public async Task No_worker_outlives_the_feed_and_what_it_failed_with_concerns_nobody()
    {
        using ManualResetEventSlim entered = new(), leave = new();
        int cuts = 0;
        TrainingCase one = TinyCases.Watched(() =>
        {
            if (Interlocked.Increment(ref cuts) == 1)
                return; // the step that is asked for
            entered.Set();
            Assert.True(leave.Wait(s_long));
            throw new InvalidDataException("too late");
        });
        SampleFeed feed = TinyCases.Feed(TinyCases.Options(workers: 1), [one], withCues: false, stepsPerEpoch: 4, seed: 5);
        Assert.NotNull(feed.Batches(0, 0).First());
        Assert.True(entered.Wait(s_long, TestContext.Current.CancellationToken));
        Task closing = Task.Run(feed.Dispose, TestContext.Current.CancellationToken);
        // a worker is running
        Assert.NotSame(
            closing, await Task.WhenAny(closing, Task.Delay(TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken)));
        leave.Set();
        await closing.WaitAsync(s_long, TestContext.Current.CancellationToken);
        Assert.Equal(2, cuts);
    }
}
