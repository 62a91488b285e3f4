using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet.Tests.Scoring;

/// <summary>onnxruntime and libtorch on real cases.</summary>
public sealed class RealCaseEngineTests : IDisposable
{
    private static readonly string? s_folder = Environment.GetEnvironmentVariable("SMML_TESTDATA");

    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        ScoringRuntime.Engine = ScoringEngine.Auto;
        _folder.Dispose();
    }

    [Theory(Explicit = true)] // minutes
    [InlineData("smml", 60)]
    [InlineData("mmformer", 60)]
    [InlineData("rfnet", 60)]
    public void Labels_of_two_real_cases_are_those_of_libtorch_and_Dice_too(string key, int steps)
    {
        Assert.SkipUnless(
            s_folder is not null && Directory.Exists(Path.Combine(s_folder, "real_mini2mm")),
            "SMML_TESTDATA names no folder with real_mini2mm.");
        MLContext ml = new(seed: 1);
        BraTSCase[] all = [.. BraTSDataset.Find(Path.Combine(s_folder!, "real_mini2mm"))];
        IDataView training = ml.Data.LoadBraTS(all.Skip(2)), held = ml.Data.LoadBraTS(all.Take(2));
        SegmentationTrainerOptions options = SegmentationMethods.Parse(key).CreateOptions(NetworkSize.Tiny) with
        {
            Epochs = 1,
            StepsPerEpoch = steps,
            Seed = 1,
        };
        using TransformerChain<SegmentationTransformer> model = ml.Transforms.LoadVolumes()
            .Append(ml.Transforms.CropForeground())
            .Append(ml.Transforms.NormalizeIntensity())
            .Append(ml.Segmentation.Trainers.Create(options))
            .Fit(training);
        ml.Model.Save(model, training.Schema, _folder["model.zip"]);
        Dictionary<ScoringEngine, SegmentationReport> reports = [];
        foreach (ScoringEngine engine in new[] { ScoringEngine.LibTorch, ScoringEngine.OnnxRuntime })
        {
            ScoringRuntime.Engine = engine;
            ITransformer loaded = ml.Model.Load(_folder["model.zip"], out _);
            ml.Segmentation.Score(loaded, held, _folder[engine.ToString()]);
            reports[engine] = ml.Segmentation.Evaluate(loaded, held);
        }

        long differ = 0, brain = 0, tumor = 0;
        foreach (BraTSCase one in all.Take(2))
        {
            Volume flair = VolumeFile.Read(one.FlairPath);
            float[] scan = flair.Voxels.ToArray(), first = Labels(ScoringEngine.LibTorch), second = Labels(ScoringEngine.OnnxRuntime);
            for (int i = 0; i < scan.Length; i++)
            {
                if (scan[i] == 0)
                    continue;
                brain++;
                tumor += first[i] > 0 ? 1 : 0;
                differ += first[i].Equals(second[i]) ? 0 : 1;
            }

            float[] Labels(ScoringEngine engine) => VolumeFile.Read(_folder[$"{engine}/{one.CaseId}_seg.nii.gz"]).Voxels.ToArray();
        }

        double largest = reports[ScoringEngine.LibTorch].Scores
            .Zip(reports[ScoringEngine.OnnxRuntime].Scores)
            .Where(pair => pair.First.Metric == SegmentationMetrics.Dice)
            .Max(pair => Math.Abs(pair.First.Value - pair.Second.Value));
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{key}: {differ} of {brain} brain voxels differ ({tumor} of tumour); "
            + $"the largest difference of Dice is {100 * largest:g3} points"));
        Assert.True(tumor > 1000, "nothing was found: nothing was compared");
        Assert.True(differ <= 1e-4 * brain, $"{differ} of {brain} brain voxels differ");
        Assert.All(BranchAgreement.Regions, region => Assert.InRange(
            Math.Abs(reports[ScoringEngine.LibTorch].Mean(region) - reports[ScoringEngine.OnnxRuntime].Mean(region)), 0, 1e-4));
    }
}
