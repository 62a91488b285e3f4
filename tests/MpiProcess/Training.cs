using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Distributed;

namespace Smml.MLNet.Tests;

/// <summary>A program that trains, with the same options in every process but for what a test wants to go wrong.</summary>
internal static class Training
{
    /// <summary>Trains on a folder of cases, and prints the hash of the weights that this process has.</summary>
    /// <param name="args">The folder and <c>name=value</c> pairs.</param>
    public static void Run(string[] args)
    {
        Dictionary<string, string> given = args[1..].Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        int Number(string name, int otherwise) =>
            given.TryGetValue(name, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        MpiRuntime.LibraryPath = given.GetValueOrDefault("library");
        bool isAlone = given.ContainsKey("alone");
        int rank = isAlone ? 0 : MpiRuntime.Rank;
        using CancellationTokenSource cancellation = new();
        SmmlTrainerOptions options = new()
        {
            Architecture = new()
            {
                Name = "test",
                BaseChannels = Number("channels", 2),
                TransformerWidth = 8 * Number("channels", 2),
                FeedForwardWidth = 16 * Number("channels", 2),
                AttentionHeads = 2,
                Dropout = 0.1,
                Patch = new(Number("patch", 32), Number("patch", 32), Number("patch", 32)),
                RefinementChannels = 2,
            },
            Losses = new() { Prototypes = PrototypePooling.Soft },
            Epochs = Number("epochs", 3) + (rank == Number("other", -1) ? 1 : 0),
            StepsPerEpoch = Number("steps", 2),
            BatchSize = Number("batch", 2),
            GradientAccumulation = Number("passes", 1),
            RecomputeEncoders = given.ContainsKey("recompute"),
            Seed = 5,
            RequireCues = true,
            ConsistencyStartEpoch = 1,
            Distribution = isAlone ? null : new(),
            Checkpoints = given.TryGetValue("checkpoints", out string? folder)
                ? new() { Folder = folder, Resume = given.ContainsKey("resume"), EverySteps = 1 }
                : null,
            CancellationToken = given.ContainsKey("cancel") ? cancellation.Token : default,
            Progress = given.ContainsKey("fail") ? new Failing(Number("fail", 0))
                : given.ContainsKey("measure") ? new Measuring(isAlone)
                : null,
        };
        if (rank == Number("kill", -1))
            After(folder!, Process.GetCurrentProcess().Kill);
        if (rank == Number("cancel", -1))
            After(folder!, cancellation.Cancel);
        MLContext ml = new(1);
        IDataView data = ml.Data.LoadBraTS(args[0]);
        EstimatorChain<ITransformer> chain = ml.Transforms.LoadVolumes()
            .Append<ITransformer>(ml.Transforms.CropForeground())
            .Append<ITransformer>(ml.Transforms.NormalizeIntensity())
            .Append<ITransformer>(ml.Transforms.GenerateCues(new PhantomCueProvider(1), new()), TransformerScope.TrainTest);
        SegmentationTransformer model = chain.Append(ml.Segmentation.Trainers.Smml(options)).Fit(data).LastTransformer;
        string losses = string.Join(
            ", ",
            model.Info.FinalLosses.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:R}")));

        (options.Progress as Measuring)?.Tell(isAlone ? 0 : MpiSession.Start().World.BytesSent);

        // A short line: launchers mix the longer ones of several processes.
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(losses)));
        Console.Out.Write(
            $"rank {rank}: {model.Info.WeightsSha256} {hash[..16]} of {model.Info.FinalLosses.Count} terms {model.Training.StopReason}\n");
    }

    // Once there is something to go on from.
    private static void After(string folder, Action act) => new Thread(() =>
    {
        while (!File.Exists(Path.Combine(folder, "latest.smmlckpt")))
            Thread.Sleep(1);
        act();
    })
    { IsBackground = true }.Start();

    /// <summary>Seconds per step, the first ones left out.</summary>
    private sealed class Measuring(bool isAlone) : IProgress<TrainingProgress>
    {
        private readonly List<TimeSpan> _times = [];
        private readonly List<long> _bytes = [];

        public void Report(TrainingProgress value)
        {
            _times.Add(value.Elapsed);
            _bytes.Add(isAlone ? 0 : MpiSession.Start().World.BytesSent);
        }

        // Bytes are those of the steps after the first: the start and the end of a training are no part of it.
        public void Tell(long bytes)
        {
            double[] seconds = [.. _times.Zip(_times.Skip(1), (before, after) => (after - before).TotalSeconds).Order()];
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{seconds.Length} steps, median {seconds[seconds.Length / 2]:0.000} s, best {seconds[0]:0.000} s, "
                + $"{(_bytes[^1] - _bytes[0]) / 1e6 / seconds.Length:0.00} MB sent a step, {bytes / 1e6:0.0} MB in all"));
        }
    }

    private sealed class Failing(int after) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (((value.Epoch - 1) * value.StepsPerEpoch) + value.Step >= after)
                throw new InvalidDataException("a failure that was asked for");
        }
    }
}
