using System.Diagnostics;
using System.Globalization;
using static TorchSharp.torch;

namespace Smml.MLNet.Benchmarks.TrainingSteps;

/// <summary>Times the library's training step, in both precisions, and the plain one in turn, in one process, after a check that they
/// compute the same losses.</summary>
internal static class StepComparison
{
    // Adam's first step moves every weight by the learning rate in the direction of its gradient's sign, which
    // rounding decides where the gradient is nearly zero.
    private static readonly double[] s_tolerances = [1e-4, 2e-2];

    private const int Settling = 2, Counted = 3; // steps of a contestant in a round

    /// <summary>Runs and prints.</summary>
    /// <param name="size">See <see cref="StepProblem.Of"/>.</param>
    /// <param name="batch">Samples a step.</param>
    /// <param name="threads">Threads of either step.</param>
    /// <param name="rounds">Steps of each after two to warm up.</param>
    public static void Run(string size, int batch, int threads, int rounds)
    {
        TorchRuntime.EnsureAvailable();
        set_num_threads(threads);
        StepProblem problem = StepProblem.Of(size, batch), halved = StepProblem.Of(size, batch, TrainingPrecision.BFloat16);
        using PlainStep plain = new(problem, problem.Branches(seed: 3));
        using OurStep own = new(problem, problem.Branches(seed: 3)), half = new(halved, halved.Branches(seed: 3));
        int ownThreads = threads == 1 ? 1 : threads / 2; // of this thread; the second branch has a thread of its own
        Contestant[] all =
        [
            new("plain", threads, () => plain.Run()),
            new("ours", ownThreads, own.Run),
            .. BFloat16Hardware.OfProcessor == false ? [] : (Contestant[])[new("ours bf16", ownThreads, half.Run)],
        ];
        Check(plain, own, threads, ownThreads);
        if (BFloat16Hardware.OfProcessor == false)
        {
            Console.Out.WriteLine("bf16 is left out: this processor has no arithmetic for it (AVX512-BF16 or AMX), and emulates it slowly");
        }
        else
        {
            half.Run();
            half.Run();
        }

        for (int round = 0; round < rounds; round++)
        {
            foreach (Contestant one in all)
                one.Race();
        }

        set_num_threads(threads);
        foreach (Contestant one in all)
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{size} batch {batch} threads {threads} {one.Name}: wall {Median(one.Wall) * 1e3:0} ms, "
                + $"processor {Median(one.Processor) * 1e3:0} ms; of plain: wall {Ratio(one.Wall, all[0].Wall):0.000}, "
                + $"processor {Ratio(one.Processor, all[0].Processor):0.000} (medians of {rounds} rounds)"));
        }
    }

    /// <summary>Steps of one implementation alone (<c>plain</c>, <c>ours</c>, <c>bf16</c>, <c>recompute</c>) and the peak memory of the
    /// process; also for a profiler.</summary>
    public static void Loop(string mode, string size, int batch, int threads, int steps)
    {
        TorchRuntime.EnsureAvailable();
        set_num_threads(threads);
        StepProblem problem = StepProblem.Of(
            size, batch, mode == "bf16" ? TrainingPrecision.BFloat16 : TrainingPrecision.Single, recompute: mode == "recompute");
        using PlainStep? plain = mode == "plain" ? new(problem, problem.Branches(seed: 3)) : null;
        using OurStep? own = mode == "plain" ? null : new(problem, problem.Branches(seed: 3));
        for (int step = 0; step < steps; step++)
        {
            long start = Stopwatch.GetTimestamp();
            plain?.Run();
            own?.Run();
            Console.Out.WriteLine(FormattableString.Invariant(
                $"{mode} {size} step {step}: {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms"));
        }

        foreach (string line in File.ReadLines("/proc/self/status").Where(line => line.StartsWith("VmHWM", StringComparison.Ordinal)))
            Console.Out.WriteLine(line);
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
                Console.Out.WriteLine(FormattableString.Invariant(
                    $"check step {step + 1}, total {b + 1}: plain {expected[b]:0.00000}, ours {total:0.00000}"));
                if (!(difference <= s_tolerances[step]))
                    throw new InvalidOperationException($"The two implementations differ by {difference:g3}.");
            }
        }
    }

    private static double Ratio(List<double> values, List<double> reference) => Median(values.Zip(reference, (a, b) => a / b));

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private sealed class Contestant(string name, int threads, Action step)
    {
        public string Name { get; } = name;

        public List<double> Wall { get; } = [];

        public List<double> Processor { get; } = [];

        public void Race()
        {
            set_num_threads(threads);
            for (int settle = 0; settle < Settling; settle++)
                step(); // a step takes over the heap as the rival's step left it: training repeats its own
            for (int counted = 0; counted < Counted; counted++)
                Time();
        }

        private void Time()
        {
            using Process process = Process.GetCurrentProcess();
            TimeSpan before = process.TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            step();
            Wall.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            process.Refresh();
            Processor.Add((process.TotalProcessorTime - before).TotalSeconds);
        }
    }
}
