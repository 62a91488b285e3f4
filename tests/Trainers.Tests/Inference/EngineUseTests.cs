using Smml.MLNet.Inference;
using Smml.MLNet.Tests.Training.Checkpoints;

namespace Smml.MLNet.Tests.Inference;

/// <summary>Threads that share a model, and what happens when somebody disposes it.</summary>
public sealed class EngineUseTests
{
    [Fact]
    public async Task Eight_threads_share_one_model_and_disposing_it_ends_those_that_score()
    {
        SegmentationTransformer model = new TinyTraining { Length = 1 }.Run();
        TinyRow row = TinyProblem.Row(5, side: 40);
        Volume?[] scans = [row.Flair, row.T1ce, row.T1, row.T2];
        float[] expected = model.Engine.Segment(scans).Voxels.ToArray();
        int done = 0;
        Task[] threads = [.. Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(() =>
        {
            while (true)
            {
                Assert.True(model.Engine.Segment(scans).Voxels.SequenceEqual(expected));
                Interlocked.Increment(ref done);
            }
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        while (Volatile.Read(ref done) < 10 && threads.All(thread => !thread.IsCompleted))
            await Task.Delay(5, TestContext.Current.CancellationToken);
        model.Dispose();
        foreach (Task thread in threads)
            await Assert.ThrowsAsync<ObjectDisposedException>(
                () => thread.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        Assert.Throws<ObjectDisposedException>(() => model.Engine.Segment(scans));
        model.Dispose(); // twice is once
    }

    [Fact]
    public void Memory_is_given_back_once_when_the_last_user_has_left()
    {
        int freed = 0;
        EngineUse use = new(() => freed++);
        EngineUse.Token first = use.Enter(), second = use.Enter();
        use.Close();
        Assert.Throws<ObjectDisposedException>(() => use.Enter());
        Assert.Throws<ObjectDisposedException>(use.ThrowIfClosed);
        first.Dispose();
        Assert.Equal(0, freed);
        second.Dispose();
        Assert.Equal(1, freed);
        use.Close();
        Assert.Equal(1, freed);
    }

    [Fact]
    public void A_token_that_is_cancelled_ends_the_work_between_two_windows()
    {
        using SegmentationTransformer model = new TinyTraining { Length = 1 }.Run();
        TinyRow row = TinyProblem.Row(5);
        Assert.ThrowsAny<OperationCanceledException>(() => model.Engine.Segment(
            [row.Flair, row.T1ce, row.T1, row.T2], [ModalitySet.All], cancellation: new CancellationToken(canceled: true)));
    }
}
