using Smml.MLNet.Cases;

namespace Smml.MLNet.Tests.Scoring;

public sealed class ReadAheadTests
{
    [Fact]
    public void Elements_come_in_order_and_one_ahead_at_most()
    {
        int made = 0;
        List<int> order = [];
        foreach (int element in ReadAhead.Of(Enumerable.Range(0, 20).Select(i =>
        {
            Interlocked.Increment(ref made);
            return i;
        })))
        {
            Thread.Sleep(2);
            Assert.InRange(Volatile.Read(ref made), element + 1, element + 2);
            order.Add(element);
        }

        Assert.Equal(Enumerable.Range(0, 20), order);
    }

    [Fact]
    public void The_next_element_is_made_while_the_current_one_is_used()
    {
        using ManualResetEventSlim second = new();
        foreach (int element in ReadAhead.Of(Enumerable.Range(0, 2).Select(i =>
        {
            if (i == 1)
                second.Set();
            return i;
        })))
        {
            if (element == 0)
                Assert.True(second.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void A_fault_comes_where_its_element_is_asked_for()
    {
        List<int> seen = [];
        Assert.Throws<InvalidDataException>(() =>
        {
            foreach (int element in ReadAhead.Of(Enumerable.Range(0, 5).Select(i => i == 2 ? throw new InvalidDataException("two") : i)))
                seen.Add(element);
        });
        Assert.Equal([0, 1], seen);
    }

    [Fact]
    public void Leaving_early_waits_for_the_element_that_is_being_made()
    {
        bool disposed = false, making = false;
        IEnumerable<int> Source()
        {
            try
            {
                yield return 0;
                making = true;
                Thread.Sleep(50);
                making = false;
                yield return 1;
            }
            finally
            {
                disposed = !making;
            }
        }

        foreach (int _ in ReadAhead.Of(Source()))
            break;
        Assert.True(disposed);
    }
}
