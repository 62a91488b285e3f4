using System.Diagnostics;
using Microsoft.ML;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Benchmarks;

/// <summary>Saves and loads a model of the paper's widths and depths: with its window of 32^3, 69.5 million weights,
/// 278 MB. One training step makes them.</summary>
internal static class PaperSizeZip
{
    /// <summary>Runs once.</summary>
    /// <param name="path">Where the zip goes; with <c>--load</c> behind it only the second part runs, in a process of its own.</param>
    /// <param name="onlyLoad">Whether to load only.</param>
    public static void Run(string path, bool onlyLoad)
    {
        MLContext ml = new(seed: 1);
        PhantomCase phantom = PhantomGenerator.Generate(1, new() { Shape = new(32, 32, 32), Spacing = (5.6, 5.6, 5.6) });
        IDataView data = ml.Data.LoadFromEnumerable([new PhantomRow(phantom)]);
        if (!onlyLoad)
        {
            SmmlArchitecture paper = SmmlArchitecture.Paper;
            using SegmentationTransformer model = ml.Segmentation.Trainers.Smml(new SmmlTrainerOptions
            {
                Architecture = paper with { Patch = new(32, 32, 32) },
                Epochs = 1,
                StepsPerEpoch = 1,
                BatchSize = 1,
                Seed = 1,
                Cases = new() { LabelConvention = LabelConvention.BraTS2018 },
                Losses = new() { SeparateWeight = 0, AuxiliaryWeight = 0 },
            }).Fit(data);
            Console.Out.WriteLine($"{model.Info.WeightCount} weights, {Memory()}");
            Time("save", () => ml.Model.Save(model, ml.Data.LoadFromEnumerable<BraTSCase>([]).Schema, path));
            Console.Out.WriteLine(FormattableString.Invariant($"zip of {new FileInfo(path).Length / 1e6:0} MB, {Memory()}"));
            return;
        }

        ITransformer? loaded = null;
        Time("load", () => loaded = ml.Model.Load(path, out _));
        Console.Out.WriteLine(Memory());
        Volume? segmentation = null;
        Time(
            "first row, weights checked",
            () => segmentation = ml.Data.CreateEnumerable<ScoredRow>(loaded!.Transform(data), reuseRowObject: false).Single().Segmentation);
        Console.Out.WriteLine($"{segmentation}, {Memory()}");
    }

    private static void Time(string what, Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        Console.Out.WriteLine(FormattableString.Invariant($"{what}: {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s"));
    }

    private static string Memory()
    {
        using Process process = Process.GetCurrentProcess();
        return FormattableString.Invariant($"peak memory of the process {process.PeakWorkingSet64 / 1e9:0.00} GB");
    }
}
