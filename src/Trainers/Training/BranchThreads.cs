using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>Runs the work of the two branches side by side: branch 1 on the calling thread, branch 2 on a thread of its own, each with half the processors.</summary>
/// <remarks>The graphs of the two students share no weight, so forward and backward passes are independent. On a GPU, on one processor, or with dropout (whose
/// random stream is one for the process) the branches run one after the other; the arithmetic is the same.</remarks>
internal sealed class BranchThreads : IDisposable
{
    private readonly BlockingCollection<Action>? _work;
    private readonly Thread? _second;
    private readonly int _threads;

    /// <summary>Starts the second thread where it is of use.</summary>
    /// <param name="parallel">Whether the branches may run side by side.</param>
    public BranchThreads(bool parallel)
    {
        _threads = get_num_threads();
        if (!parallel || _threads < 2)
            return;
        int half = Math.Max(1, _threads / 2);
        _work = [];
        _second = new(() =>
        {
            set_num_threads(half); // the number is one of each thread
            foreach (Action action in _work.GetConsumingEnumerable())
                action();
        })
        { IsBackground = true, Name = "SMML branch 2" };
        _second.Start();
        set_num_threads(half);
    }

    /// <summary>Does both and returns when both are done; a failure of either is thrown here.</summary>
    public void Run(Action first, Action second)
    {
        if (_work is null)
        {
            first();
            second();
            return;
        }

        using ManualResetEventSlim done = new();
        Exception? failure = null;
        _work.Add(() =>
        {
            try
            {
                second();
            }
            catch (Exception exception) // carried to the caller below
            {
                failure = exception;
            }

            done.Set();
        });
        try
        {
            first();
        }
        finally
        {
            done.Wait(); // also when branch 1 failed: branch 2 must not outlive its tensors
        }

        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
    }

    public void Dispose()
    {
        if (_work is null)
            return;
        _work.CompleteAdding();
        _second!.Join();
        _work.Dispose();
        set_num_threads(_threads);
    }
}
