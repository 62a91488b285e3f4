using System.Diagnostics;
using System.Globalization;
using Smml.MLNet.Inference;
using Smml.MLNet.Methods.MmFormer;
using Smml.MLNet.Methods.Smml;
using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Benchmarks.Scoring;

/// <summary>Scoring one volume: 15 subsets with shared encoders beside 15 full passes, and one scan beside four.
/// Every round runs all of them in turn.</summary>
internal static class SubsetComparison
{
    private const int Classes = 4;

    /// <summary>Runs and prints medians of processor time and of wall time, and their ratios.</summary>
    /// <param name="window">Side of the window; the network has the paper's widths.</param>
    /// <param name="side">Side of the volume.</param>
    /// <param name="threads">libtorch's threads.</param>
    /// <param name="rounds">How often.</param>
    public static void Run(int window, int side, int threads, int rounds)
    {
        TorchRuntime.EnsureAvailable();
        set_num_threads(threads);
        TorchRuntime.Seed(1);
        SmmlArchitecture architecture = SmmlArchitecture.Paper with { Patch = new(window, window, window) };
        Student[] branches =
        [
            .. Enumerable.Range(1, 2).Select(number => new Student(number, architecture, Classes, training: false, refinement: false)),
        ];
        foreach (Student branch in branches)
            branch.Train(false);
        using IDisposable guard = inference_mode();
        Tensor image = randn([4, side, side, side]);
        ModalitySet one = ModalitySet.Of(Modality.Flair);

        using PaddedScans scans = PaddedScans.Of(
            [
                .. ModalitySet.All.Select(modality =>
                    ((ReadOnlyMemory<float>, float)?)(image[(int)modality].permute(2, 1, 0).contiguous().data<float>().ToArray(), 0f)),
            ],
            new(side, side, side),
            new CaseFrame(default, new(side, side, side)),
            architecture.Patch);
        NetworkMean mean = new(branches, architecture.Patch, new SlidingWindowOptions().For(architecture, overlap: 0.5));

        Tensor[] Shared(params IReadOnlyList<ModalitySet> subsets)
        {
            Tensor[] found = new Tensor[subsets.Count];
            foreach (NetworkMean.Prediction prediction in mean.Predict(scans, subsets))
                found[prediction.Index] = prediction.Mean.alias().DetachFromDisposeScope();
            return [.. found.Select(detached =>
            {
                using Tensor own = detached;
                return own.alias(); // of the caller's scope
            })];
        }

        Tensor Plain(ModalitySet subset)
        {
            VolumeShape shape = new(side, side, side);
            using WindowSums sums = new(shape, Classes, 1, architecture.Patch, WindowBlending.Constant, CPU);
            Tensor mask = tensor(ModalitySet.All.Select(subset.Contains).ToArray()).unsqueeze(0);
            foreach ((int X, int Y, int Z) start in SlidingWindow.Windows(shape, architecture.Patch, 0.5))
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor patch = TensorWindows.Part(image, start, architecture.Patch).unsqueeze(0);
                foreach (Student branch in branches)
                    sums.Add(0, branch.Backbone.Run(patch, mask, ModalitySet.All, MmFormerModule.Heads.Fused).Logits, [start]);
                sums.Visit([start]);
            }

            return sums.Means([branches.Length])[0];
        }

        using (NewDisposeScope())
        {
            foreach ((Tensor shared, Tensor plain, ModalitySet subset) in Shared([.. ModalitySet.Subsets])
                .Zip(ModalitySet.Subsets.Select(Plain), ModalitySet.Subsets))
                Console.Out.WriteLine($"{subset}: {(shared.bytes.SequenceEqual(plain.bytes) ? "the same bits" : "DIFFERENT")}");
        }

        (string Name, Action Work)[] rivals =
        [
            ("15 subsets, shared encoders", () => Shared([.. ModalitySet.Subsets])),
            ("15 subsets, full passes", () => { foreach (ModalitySet subset in ModalitySet.Subsets) Plain(subset); }),
            ("one scan", () => Shared(one)),
            ("four scans", () => Shared(ModalitySet.All)),
        ];
        List<(double Processor, double Wall)>[] times = [.. rivals.Select(_ => new List<(double, double)>())];
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < rivals.Length; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                TimeSpan processor = Environment.CpuUsage.TotalTime;
                long start = Stopwatch.GetTimestamp();
                rivals[i].Work();
                times[i].Add(((Environment.CpuUsage.TotalTime - processor).TotalSeconds, Stopwatch.GetElapsedTime(start).TotalSeconds));
            }
        }

        for (int i = 0; i < rivals.Length; i++)
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{rivals[i].Name,-30} processor {Median(times[i].Select(time => time.Processor)),7:0.00} s   wall "
                + $"{Median(times[i].Select(time => time.Wall)),7:0.00} s"));
        Ratio("15 subsets, shared / full", 0, 1);
        Ratio("one scan / four scans", 2, 3);

        void Ratio(string name, int first, int second) => Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-30} processor {Median(times[first].Zip(times[second], (a, b) => a.Processor / b.Processor)):0.000}   wall "
            + $"{Median(times[first].Zip(times[second], (a, b) => a.Wall / b.Wall)):0.000}"));
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
