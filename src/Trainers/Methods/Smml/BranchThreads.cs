using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.Smml;

/// <summary>Runs the work of two branches side by side: branch 1 on the calling thread, branch 2 on a thread of its
/// own, each with half the processors.</summary>
/// <remarks>The graphs of the two students share no weight, so forward and backward passes are independent. Where there is
/// one branch, on a GPU, on one processor, or with dropout (whose random stream is one for the process) branches run one
/// after the other; the arithmetic is the same.</remarks>
internal sealed class BranchThreads : IDisposable
{
    private readonly BlockingCollection<Action>? _work;
    private readonly Thread? _second;
    private readonly int _threads;
    private readonly int _branches;

    /// <summary>Starts the second thread where it is of use.</summary>
    /// <param name="branches">How many branches there are, 1 or 2.</param>
    /// <param name="parallel">Whether two branches may run side by side.</param>
    public BranchThreads(int branches, bool parallel)
    {
        _branches = branches;
        _threads = get_num_threads();
        if (branches < 2 || !parallel || _threads < 2)
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

    /// <summary>Does the work of every branch, given its index, and returns when all is done; a failure of any is thrown here.</summary>
    public void Run(Action<int> work)
    {
        if (_work is null)
        {
            for (int branch = 0; branch < _branches; branch++)
                work(branch);
            return;
        }

        using ManualResetEventSlim done = new();
        Exception? failure = null;
        _work.Add(() =>
        {
            try
            {
                work(1);
            }
            catch (Exception exception) // carried to the caller below
            {
                failure = exception;
            }

            done.Set();
        });
        try
        {
            work(0);
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
