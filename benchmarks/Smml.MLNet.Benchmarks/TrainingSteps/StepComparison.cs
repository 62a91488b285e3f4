using System.Diagnostics;
using static TorchSharp.torch;

namespace Smml.MLNet.Benchmarks.TrainingSteps;

/// <summary>Times the library's training step and the plain one in turn, in one process, after a check that both compute the same losses.</summary>
internal static class StepComparison
{
    // Adam's first step moves every weight by the learning rate in the direction of its gradient's sign, which rounding decides where the gradient is nearly zero.
    private static readonly double[] s_tolerances = [1e-4, 2e-2];

    /// <summary>Runs and prints.</summary>
    /// <param name="size">See <see cref="StepProblem.Of"/>.</param>
    /// <param name="batch">Samples a step.</param>
    /// <param name="threads">Threads of either step.</param>
    /// <param name="rounds">Steps of each after one to warm up.</param>
    public static void Run(string size, int batch, int threads, int rounds)
    {
        TorchRuntime.EnsureAvailable();
        set_num_threads(threads);
        StepProblem problem = StepProblem.Of(size, batch);
        using PlainStep plain = new(problem, problem.Branches(seed: 3));
        using OurStep own = new(problem, problem.Branches(seed: 3));
        int ownThreads = get_num_threads(); // of this thread; the second branch has a thread of its own
        Check(plain, own, threads, ownThreads);

        double[] plainSeconds = new double[rounds], ownSeconds = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            set_num_threads(threads);
            plainSeconds[round] = Seconds(() => plain.Run());
            set_num_threads(ownThreads);
            ownSeconds[round] = Seconds(own.Run);
        }

        double ratio = Median(ownSeconds.Zip(plainSeconds, (a, b) => a / b));
        Console.Out.WriteLine(FormattableString.Invariant(
            $"{size} batch {batch} threads {threads}: plain {Median(plainSeconds) * 1e3:0} ms, ours {Median(ownSeconds) * 1e3:0} ms, median ratio {ratio:0.000} (ratio of minima {ownSeconds.Min() / plainSeconds.Min():0.000}), {rounds} rounds"));
        set_num_threads(threads);
    }

    /// <summary>Steps of one implementation alone, for a profiler.</summary>
    public static void Loop(string mode, string size, int batch, int threads, int steps)
    {
        TorchRuntime.EnsureAvailable();
        set_num_threads(threads);
        StepProblem problem = StepProblem.Of(size, batch);
        using PlainStep? plain = mode == "plain" ? new(problem, problem.Branches(seed: 3)) : null;
        using OurStep? own = mode == "plain" ? null : new(problem, problem.Branches(seed: 3));
        for (int step = 0; step < steps; step++)
        {
            double seconds = Seconds(() =>
            {
                plain?.Run();
                own?.Run();
            });
            Console.Out.WriteLine(FormattableString.Invariant($"{mode} {size} step {step}: {seconds * 1e3:0} ms"));
        }
    }

    private static void Check(PlainStep plain, OurStep own, int threads, int ownThreads)
    {
        // Two steps: the second one sees the first one's gradients and optimizer.
        for (int step = 0; step < s_tolerances.Length; step++)
        {
            set_num_threads(threads);
            double[] expected = plain.Run();
            set_num_threads(ownThreads);
            IReadOnlyDictionary<string, double> found = own.Losses();
            for (int b = 0; b < expected.Length; b++)
            {
                double total = found[$"total {b + 1}"], difference = Math.Abs(total - expected[b]) / expected[b];
                Console.Out.WriteLine(FormattableString.Invariant($"check step {step + 1}, total {b + 1}: plain {expected[b]:0.00000}, ours {total:0.00000}"));
                if (difference > s_tolerances[step])
                    throw new InvalidOperationException($"The two implementations differ by {difference:g3}.");
            }
        }
    }

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
