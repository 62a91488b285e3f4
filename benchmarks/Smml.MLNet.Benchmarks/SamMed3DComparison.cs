using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Smml.MLNet.CueGeneration;

namespace Smml.MLNet.Benchmarks;

/// <summary>SAM-Med3D's encoder beside the padded one of the publication, in turn in one process; then the cues of a whole case.</summary>
internal static class SamMed3DComparison
{
    /// <summary>Both encoders in turn.</summary>
    /// <param name="checkpoint">A checkpoint of the published shapes, for example of <c>tools/sam_med3d/random_checkpoint.py</c>.</param>
    /// <param name="paddedEncoder">The padded encoder, of <c>tools/sam_med3d/padded_reference.py</c>.</param>
    /// <param name="rounds">How often both run.</param>
    public static void CompareEncoders(string checkpoint, string paddedEncoder, int rounds)
    {
        Console.Out.WriteLine(FormattableString.Invariant($"threads: {Environment.ProcessorCount}"));
        using SamMed3DNetwork network = SamMed3DNetwork.FromCheckpoint(checkpoint, SamMed3DArchitecture.Published);
        float[] image = new float[128 * 128 * 128];
        for (int i = 0; i < image.Length; i++)
            image[i] = (i * 2654435761L >> 7) % 1000 / 500f;
        Compare(network, image, paddedEncoder, rounds);
        float[] embedding = network.Encode(image), zeros = new float[32 * 32 * 32];
        Report("decoder", Time(10, () => network.Decode(embedding, zeros, [new(64, 64, 64)])));
    }

    /// <summary>The cues of the first case of a folder, as a training chain makes them, without a cache.</summary>
    public static void MakeCues(string checkpoint, string folder)
    {
        MLContext ml = new(seed: 1);
        IDataView cases = ml.Data.LoadBraTS(BraTSDataset.Find(folder).Take(1));
        EstimatorChain<CueTransformer> chain = ml.Transforms.LoadVolumes()
            .Append(ml.Transforms.CropForeground())
            .Append(ml.Transforms.NormalizeIntensity())
            .Append(ml.Transforms.GenerateSamMed3DCues(checkpoint), TransformerScope.TrainTest);
        using TransformerChain<CueTransformer> model = chain.Fit(cases);
        for (int i = 0; i < 3; i++)
        {
            Report(i == 0 ? "first case, files and network loaded" : "next case, files loaded", Time(1, () =>
            {
                SemanticCues cues = ml.Data
                    .CreateEnumerable<Row>(model.Transform(cases, TransformerScope.TrainTest), reuseRowObject: false)
                    .Single().Cues!;
                if (i == 0)
                    Console.Out.WriteLine($"{cases.GetColumn<string>("CaseId").First()}: maps of {cues.Shape}");
            }));
            using Process process = Process.GetCurrentProcess();
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"peak memory of the process so far: {process.PeakWorkingSet64 / 1e9:0.00} GB, {GC.GetTotalAllocatedBytes() / 1e9:0.00} GB "
                + $"allocated in all, {GC.GetTotalMemory(false) / 1e9:0.00} GB now, {GC.CollectionCount(2)} full collections, "
                + $"heap committed {GC.GetGCMemoryInfo().TotalCommittedBytes / 1e9:0.00}"));
        }
    }

    private static void Compare(SamMed3DNetwork network, float[] image, string paddedEncoder, int rounds)
    {
        using SessionOptions options = new() { EnableCpuMemArena = false, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using InferenceSession padded = new(paddedEncoder, options);
        using RunOptions run = new();
        float[] expected = [];
        List<double> ours = [], theirs = [];
        for (int i = 0; i <= rounds; i++)
        {
            float[] found = [];
            double first = Time(1, () => found = network.Encode(image))[0];
            double second = Time(1, () => expected = Encode(padded, run, image))[0];
            float difference = found.Zip(expected, (a, b) => Math.Abs(a - b)).Max();
            if (i == 0)
                Console.Out.WriteLine(FormattableString.Invariant($"largest difference of the embeddings: {difference:0.0e0}"));
            else
                (_, _) = (Add(ours, first), Add(theirs, second));
        }

        Report("encoder", [.. ours]);
        Report("padded encoder, as published", [.. theirs]);
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"ratio, median of rounds: {ours.Zip(theirs, (a, b) => b / a).Order().ElementAt(ours.Count / 2):0.00}, "
            + $"of the minima {theirs.Min() / ours.Min():0.00}"));
    }

    private static double Add(List<double> list, double value)
    {
        list.Add(value);
        return value;
    }

    private static float[] Encode(InferenceSession session, RunOptions run, float[] image)
    {
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(image, [1, 1, 128, 128, 128]);
        using IDisposableReadOnlyCollection<OrtValue> output = session.Run(run, ["image"], [input], ["image_embedding"]);
        return output[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static double[] Time(int count, Action action)
    {
        double[] times = new double[count];
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            times[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return times;
    }

    private static void Report(string what, double[] seconds) =>
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what,-32} min {seconds.Min():0.000} s   median {seconds.Order().ElementAt(seconds.Length / 2):0.000} s"));

    private sealed class Row
    {
        public SemanticCues? Cues { get; set; }
    }
}
