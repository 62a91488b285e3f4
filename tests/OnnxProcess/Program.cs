using System.Globalization;
using Microsoft.ML;

namespace Smml.MLNet.Tests;

/// <summary>An application without libtorch: loads a model as any ML.NET program would, scores, evaluates, and says what it
/// loaded.</summary>
internal static class Program
{
    /// <summary>Scores the cases of a manifest.</summary>
    /// <param name="args">The model zip, the manifest, a folder for segmentations, and perhaps <c>train</c>.</param>
    /// <returns>0, or 1 where something failed: the message is on the standard error.</returns>
    public static int Main(string[] args)
    {
        try
        {
            MLContext ml = new(seed: 99);
            IDataView cases = ml.Data.CreateBraTSManifestLoader().Load(args[1]);
            if (args is [_, _, _, "train"])
                ml.Transforms.LoadVolumes().Append(ml.Segmentation.Trainers.Smml(epochs: 1)).Fit(cases);
            ITransformer model = ml.Model.Load(args[0], out _);
            Console.Out.WriteLine($"model {ml.Segmentation.Describe(model).WeightsSha256}");
            SavedSegmentations rows = ml.Data.SaveSegmentations(model.Transform(cases), Path.Combine(args[2], "transformed"));
            Console.Out.WriteLine($"transformed {rows.Count}");
            SegmentationReport report = ml.Segmentation.Evaluate(
                model, cases, new() { Subsets = [ModalitySet.All, ModalitySet.Of(Modality.T2)], Metrics = SegmentationMetric.Hd95 });
            foreach (SegmentationScore score in report.Scores.Where(score => score.Metric == SegmentationMetrics.Dice))
                Console.Out.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"dice {score.CaseId} {score.Modalities} {score.Region} {score.Value:R}"));
            report.SaveHtml(Path.Combine(args[2], "evaluation.html"));
            ScoringReport scored = ml.Segmentation.Score(model, cases, args[2], new() { Uncertainty = true });
            Console.Out.WriteLine($"scored {scored.Cases.Count} with {scored.Engine}");
        }
#pragma warning disable CA1031 // the outermost frame: the message is the result
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Console.Error.WriteLine(exception.GetBaseException() is TorchBackendMissingException missing
                ? missing.Message
                : exception.ToString());
            return 1;
        }
        finally
        {
            string[] loaded = OperatingSystem.IsLinux()
                ? [.. File.ReadLines("/proc/self/maps").Where(IsTorch).Select(line => line.Split(' ')[^1]).Distinct()]
                : [];
            Console.Out.WriteLine($"native torch {(loaded.Length == 0 ? "none" : string.Join(", ", loaded))}");
        }

        return 0;
    }

    private static bool IsTorch(string line) =>
        line.Contains(".so", StringComparison.Ordinal) && line.Contains("torch", StringComparison.OrdinalIgnoreCase);
}
