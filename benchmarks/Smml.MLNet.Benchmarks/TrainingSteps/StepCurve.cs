using System.Globalization;
using Smml.MLNet.Methods.Smml;
using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet.Benchmarks.TrainingSteps;

/// <summary>Trains the same network on the same phantoms, draws and masks in both precisions and
/// prints the mean losses side by side.</summary>
internal static class StepCurve
{
    private const int Cases = 4, Rows = 8;

    /// <summary>Runs and prints.</summary>
    /// <param name="steps">Steps of one sample each.</param>
    public static void Run(int steps)
    {
        TorchRuntime.EnsureAvailable();
        TrainingPrecision[] precisions = [TrainingPrecision.Single, TrainingPrecision.BFloat16];
        List<(double Segmentation, double Total)>[] curves =
        [
            .. precisions.Select(precision => Curve(StepProblem.Of("tiny", Cases), precision, steps)),
        ];
        Console.Out.WriteLine(
            "| steps | segmentation, single | segmentation, bfloat16 | total, single | total, bfloat16 |\n|---|---|---|---|---|");
        for (int row = 0; row < curves[0].Count; row++)
        {
            ((double Segmentation, double Total) single, (double Segmentation, double Total) half) = (curves[0][row], curves[1][row]);
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {(row * (steps / Rows)) + 1} to {(row + 1) * (steps / Rows)} | {single.Segmentation:0.000} | {half.Segmentation:0.000} "
                + $"| {single.Total:0.000} | {half.Total:0.000} |"));
        }
    }

    private static List<(double Segmentation, double Total)> Curve(StepProblem problem, TrainingPrecision precision, int steps)
    {
        SmmlTrainerOptions options = new()
        {
            Architecture = problem.Options.Architecture,
            BatchSize = 1,
            Optimizer = new() { LearningRate = 1e-3 },
            Seed = 1,
            Precision = precision,
        };
        Student[] branches = problem.Branches(seed: 3);
        using SmmlTraining training = new(options, branches, StepProblem.Classes);
        using TrainingMemory memory = new(keeps: true);
        using IDisposable passes = training.Begin();
        List<(double Segmentation, double Total)> rows = [];
        for (int row = 0; row < Rows; row++)
        {
            using EpochLosses losses = new();
            for (int i = row * (steps / Rows); i < (row + 1) * (steps / Rows); i++)
            {
                TrainingCase source = problem.Cases[i % Cases];
                PatchDraw draw = PatchDraw.Draw(
                    SplitMix64.ForKey(2, i), source, options.Architecture.Patch, options.Augmentation, masks: 2);
                TrainingSample sample = TrainingSample.Cut(source, draw, options.Architecture.Patch, options.Fidelity, withCues: false);
                TrainingStep.Run(training, [sample], options.BatchSize, options.Epochs, losses); // after the warm-up
            }

            Dictionary<string, double> means = losses.Means().ToDictionary(loss => loss.Label, loss => loss.Value);
            rows.Add(((means["segmentation 1"] + means["segmentation 2"]) / 2, (means["total 1"] + means["total 2"]) / 2));
        }

        foreach (Student branch in branches)
            branch.Dispose();
        return rows;
    }
}
