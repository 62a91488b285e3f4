namespace Smml.MLNet.Cases;

/// <summary>Makes the next element while the current one is used.</summary>
internal static class ReadAhead
{
    /// <summary>The elements of a sequence in their order, each made on another thread one step ahead. At most two live
    /// at once: the one in use and the next.</summary>
    /// <param name="source">Walked by one thread at a time.</param>
    /// <exception cref="Exception">What the sequence throws, where its element is asked for.</exception>
    public static IEnumerable<T> Of<T>(IEnumerable<T> source)
    {
        using IEnumerator<T> elements = source.GetEnumerator();
        Task<(bool Is, T Value)> next = Next(elements);
        try
        {
            while (true)
            {
                (bool isThere, T value) = next.GetAwaiter().GetResult();
                if (!isThere)
                    yield break;
                next = Next(elements);
                yield return value;
            }
        }
        finally
        {
            // The enumerator must not be disposed while it works; a fault of an element that nobody asked for concerns nobody.
            next
                .ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)
                .Wait();
        }
    }

    private static Task<(bool Is, T Value)> Next<T>(IEnumerator<T> elements) =>
        Task.Run(() => elements.MoveNext() ? (true, elements.Current) : (false, default(T)!));
}
