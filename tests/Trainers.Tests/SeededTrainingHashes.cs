using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;

namespace Smml.MLNet.Tests;

/// <summary>Prints the weights and segmentations of short seeded trainings, to compare two
/// versions of the library on one machine.</summary>
public sealed class SeededTrainingHashes
{
    private static readonly string s_target = Environment.GetEnvironmentVariable("SMML_HASHES") ?? "hashes.txt";

    [Fact(Explicit = true)]
    public void Write()
    {
        List<string> lines = [];
        SmmlArchitecture plain = Training.Checkpoints.TinyTraining.Without(TinyProblem.Architecture);
        void Add(string name, SmmlTrainerOptions options, bool cues = false)
        {
            MLContext ml = new(seed: 1);
            IDataView data = TinyProblem.View(ml, TinyProblem.Rows(3, cues: cues), cues);
            if (name.StartsWith("valid", StringComparison.Ordinal))
                options = options with
                {
                    Validation = new()
                    {
                        Cases = TinyProblem.View(ml, TinyProblem.Rows(2).Skip(1)),
                        EveryEpochs = 1,
                        UseBestWeights = true,
                    },
                };
            using SegmentationTransformer model = ml.Segmentation.Trainers.Smml(options).Fit(data);
            Volume[] found = [.. ml.Data
                .CreateEnumerable<TinyResult>(model.Transform(TinyProblem.View(ml, TinyProblem.Rows(2, side: 40))), reuseRowObject: false)
                .Select(row => row.Segmentation!)];
            string voxels = string.Join(
                ' ', found.Select(volume => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(volume.Voxels)))[..12]));
            lines.Add(
                $"{name}: {model.Info.WeightsSha256[..20]} {voxels} "
                + $"{string.Join(' ', model.Info.FinalLosses.Select(pair => FormattableString.Invariant($"{pair.Key}={pair.Value:R}")))} "
                + $"{model.Info.Validation?.MeanDice:R}");
        }

        SmmlTrainerOptions basic = TinyProblem.Options();
        Add("dropout", basic);
        Add("plain", basic with { Architecture = plain });
        Add("one", basic with { Architecture = plain with { BranchCount = 1 } });
        Add("cues", basic with { Architecture = plain }, cues: true);
        Add("fused", basic with { Architecture = plain, Losses = TinyProblem.FusedOnly });
        Add("passes", basic with { Architecture = plain, GradientAccumulation = 2, BatchSize = 1 });
        Add("replay", basic with { Architecture = plain, RecomputeEncoders = true });
        Add("half", basic with { Architecture = plain, Precision = TrainingPrecision.BFloat16 });
        Add("reference", basic with { Architecture = plain with { TokenLayout = TokenLayout.Reference }, Fidelity = Fidelity.Reference });
        Add("validation", basic with { Architecture = plain, Epochs = 4 });
        File.WriteAllLines(s_target, lines);
    }
}
